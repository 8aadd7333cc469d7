import torch
from torch import nn
from nets import ResNet


model = ResNet().eval()
torch.export.export(model, (torch.randn(2, 3, 16, 16),))
