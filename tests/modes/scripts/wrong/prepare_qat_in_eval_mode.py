# raises: AssertionError
import torch
from torch import nn


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
model.eval()
model.qconfig = torch.ao.quantization.get_default_qat_qconfig("x86")
prepared = torch.ao.quantization.prepare_qat(model)  # expect: BN206
