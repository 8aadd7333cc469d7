import torch
from torch import nn
from torch.optim.swa_utils import AveragedModel


class ConvNet(nn.Module):
    def __init__(self, classes=10):
        super().__init__()
        self.conv = nn.Conv2d(3, 8, 3, padding=1, bias=False)
        self.bn = nn.BatchNorm2d(8)
        self.head = nn.Linear(8, classes)

    def forward(self, x):
        x = torch.relu(self.bn(self.conv(x)))
        return self.head(x.mean((2, 3)))


model = ConvNet()
ema = AveragedModel(model, multi_avg_fn=torch.optim.swa_utils.get_ema_multi_avg_fn(0.999))
for _ in range(2):
    model(torch.randn(4, 3, 16, 16)).sum().backward()
    ema.update_parameters(model)
ema.eval()
torch.export.export(model, (torch.randn(4, 3, 16, 16),))  # expect: BN201
