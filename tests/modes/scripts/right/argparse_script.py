import argparse

import torch
from torch import nn


class Block(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.conv1 = nn.Conv2d(width, width, 3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.conv2 = nn.Conv2d(width, width, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(width)

    def forward(self, x):
        out = torch.relu(self.bn1(self.conv1(x)))
        return torch.relu(x + self.bn2(self.conv2(out)))


class ResNet(nn.Module):
    def __init__(self, width=8, depth=2):
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(3, width, 3, padding=1), nn.BatchNorm2d(width), nn.ReLU())
        self.stages = nn.ModuleList(Block(width) for _ in range(depth))
        self.head = nn.Linear(width, 10)

    def forward(self, x):
        x = self.stem(x)
        for stage in self.stages:
            x = stage(x)
        return self.head(x.mean((2, 3)))


def parse_args():
    parser = argparse.ArgumentParser(description="Export to ONNX")
    parser.add_argument("--weights", default="")
    parser.add_argument("--output", default="model.onnx")
    parser.add_argument("--dynamo", action="store_true")
    return parser.parse_args([])


def main():
    args = parse_args()
    model = ResNet()
    if args.weights:
        model.load_state_dict(torch.load(args.weights, map_location="cpu"))
    model.to("cpu").eval()
    with torch.no_grad():
        torch.onnx.export(model, torch.randn(1, 3, 32, 32), args.output, dynamo=args.dynamo)


if __name__ == "__main__":
    main()
