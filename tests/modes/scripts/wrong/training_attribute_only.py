import torch
from nets import ConvNet

model = ConvNet()
model.training = False
torch.export.export(model, (torch.randn(2, 3, 16, 16),))  # expect: BN201
