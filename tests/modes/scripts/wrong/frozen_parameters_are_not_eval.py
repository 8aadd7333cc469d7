import torch
from torch import nn
from nets import ResNet


model = ResNet()
for parameter in model.parameters():
    parameter.requires_grad = False
model.requires_grad_(False)
torch.jit.trace(model, torch.randn(2, 3, 16, 16)).save("frozen.pt")  # expect: BN201
