import torch
from torch import nn
from nets import ResNet


def prepare_for_export(net):
    net.eval()
    net.requires_grad_(False)


model = ResNet()
prepare_for_export(model)
torch.export.export(model, (torch.randn(2, 3, 16, 16),))
