import torch
from torch import nn
from nets import ResNet


def freeze(model):
    for p in model.parameters():
        p.requires_grad_(False)
    return model.eval()


model = freeze(ResNet())
torch.export.export(model, (torch.randn(2, 3, 16, 16),))
