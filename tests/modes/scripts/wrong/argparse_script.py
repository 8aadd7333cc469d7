import argparse

import torch
from torch import nn
from nets import ResNet


def parse_args():
    parser = argparse.ArgumentParser()
    parser.add_argument("--weights", default="")
    parser.add_argument("--output", default="model.onnx")
    parser.add_argument("--half", action="store_true")
    return parser.parse_args([])


def main():
    args = parse_args()
    model = ResNet()
    if args.weights:
        model.load_state_dict(torch.load(args.weights, map_location="cpu"))
    x = torch.randn(1, 3, 32, 32)
    if args.half:
        model, x = model.half(), x.half()
    torch.onnx.export(model, x, args.output, dynamo=True)  # expect: BN201
    print("saved", args.output)


if __name__ == "__main__":
    main()
