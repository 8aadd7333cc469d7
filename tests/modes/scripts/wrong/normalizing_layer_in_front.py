import torch
from torch import nn
from nets import ConvNet

model = ConvNet()
model.eval()
pipeline = nn.Sequential(nn.BatchNorm2d(3, affine=False), model, nn.Softmax(dim=1))
torch.export.export(pipeline, (torch.randn(2, 3, 16, 16),))  # expect: BN201
