import torch
from torch import nn
from nets import Mlp


model = Mlp()
loader = [torch.randn(16, 8) for _ in range(3)]
torch.optim.swa_utils.update_bn(loader, model)
model.eval()
torch.export.export(model, (torch.randn(4, 8),))
