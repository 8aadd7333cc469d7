import torch
from torch import nn
from nets import ConvNet

base = ConvNet().eval()
model = nn.Sequential(base, nn.Softmax(dim=1))
torch.export.export(model, (torch.randn(2, 3, 16, 16),))
