import torch
from torch import nn
from nets import ResNet


def build_model(depth):
    model = ResNet(depth=depth)
    nn.init.zeros_(model.head.weight)
    return model


def main():
    model = build_model(depth=3)
    torch.export.export(model, (torch.randn(2, 3, 16, 16),))  # expect: BN201


main()
