import torch
from nets import ConvNet

model = ConvNet()
model.train(False)
torch.export.export(model, (torch.randn(2, 3, 16, 16),))
