import torch
from torch import nn
from nets import ResNet


def freeze_bn(module):
    for child in module.children():
        if isinstance(child, nn.modules.batchnorm._BatchNorm):
            child.eval()
        else:
            freeze_bn(child)


model = ResNet()
freeze_bn(model)
torch.export.export(model, (torch.randn(2, 3, 16, 16),))
