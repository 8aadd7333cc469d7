import argparse

import torch
from torch import nn
from nets import ResNet


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
