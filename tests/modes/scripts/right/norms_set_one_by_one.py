import torch
from torch import nn
from nets import ResNet


model = ResNet()
for module in model.modules():
    if isinstance(module, nn.BatchNorm2d):
        module.eval()
torch.export.export(model, (torch.randn(2, 3, 16, 16),))
