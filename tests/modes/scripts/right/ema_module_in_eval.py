import torch
from nets import ConvNet
from torch.optim.swa_utils import AveragedModel


model = ConvNet()
ema = AveragedModel(model)
ema.update_parameters(model)
ema.eval()
torch.export.export(ema.module, (torch.randn(2, 3, 16, 16),))
