import argparse

import torch
from torch import nn


class ConvNet(nn.Module):
    def __init__(self, classes=10):
        super().__init__()
        self.conv = nn.Conv2d(3, 8, 3, padding=1, bias=False)
        self.bn = nn.BatchNorm2d(8)
        self.head = nn.Linear(8, classes)

    def forward(self, x):
        x = torch.relu(self.bn(self.conv(x)))
        return self.head(x.mean((2, 3)))


parser = argparse.ArgumentParser()
parser.add_argument("--train", action="store_true")
args = parser.parse_args([])
mode = torch.onnx.TrainingMode.TRAINING if args.train else torch.onnx.TrainingMode.EVAL
torch.onnx.export(ConvNet().eval(), torch.randn(1, 3, 16, 16), "m.onnx", training=mode, dynamo=False)
