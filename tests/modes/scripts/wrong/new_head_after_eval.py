import torch
from torch import nn
from nets import ConvNet

model = ConvNet()
model.eval()
model.head = nn.Sequential(nn.Linear(8, 16), nn.BatchNorm1d(16), nn.Linear(16, 5))
torch.export.export(model, (torch.randn(2, 3, 16, 16),))  # expect: BN201
