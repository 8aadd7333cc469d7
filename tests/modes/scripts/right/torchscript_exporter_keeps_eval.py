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


model = ConvNet().eval()
torch.onnx.export(
    model, torch.randn(1, 3, 16, 16), "m.onnx", training=torch.onnx.TrainingMode.PRESERVE, dynamo=False
)
