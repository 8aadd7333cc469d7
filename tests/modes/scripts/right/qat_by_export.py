# needs: torchao
import torch
from torch import nn
from torchao.quantization.pt2e.quantize_pt2e import prepare_qat_pt2e
from quantizers import quantizer


class ConvNet(nn.Module):
    def __init__(self, classes=10):
        super().__init__()
        self.conv = nn.Conv2d(3, 8, 3, padding=1, bias=False)
        self.bn = nn.BatchNorm2d(8)
        self.head = nn.Linear(8, classes)

    def forward(self, x):
        x = torch.relu(self.bn(self.conv(x)))
        return self.head(x.mean((2, 3)))


program = torch.export.export(ConvNet().train(), (torch.randn(2, 3, 16, 16),))
prepared = prepare_qat_pt2e(program.module(), quantizer)
