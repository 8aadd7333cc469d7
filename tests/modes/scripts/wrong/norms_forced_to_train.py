import torch
from torch import nn
from nets import ResNet


model = ResNet()
model.eval()
for module in model.modules():
    if isinstance(module, nn.BatchNorm2d):
        module.train()  # test-time adaptation
torch.export.export(model, (torch.randn(4, 3, 16, 16),))  # expect: BN212
