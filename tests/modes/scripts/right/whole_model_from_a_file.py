import torch
from torch import nn


torch.save(nn.Sequential(nn.Linear(4, 4), nn.BatchNorm1d(4)).eval(), "whole.pt")
model = torch.load("whole.pt", weights_only=False)
torch.export.export(model, (torch.randn(2, 4),))
