import torch
from nets import ConvNet
from torch.optim.swa_utils import AveragedModel


model = ConvNet()
ema = AveragedModel(model, multi_avg_fn=torch.optim.swa_utils.get_ema_multi_avg_fn(0.999))
for _ in range(2):
    model(torch.randn(4, 3, 16, 16)).sum().backward()
    ema.update_parameters(model)
ema.eval()
torch.export.export(model, (torch.randn(4, 3, 16, 16),))  # expect: BN201
