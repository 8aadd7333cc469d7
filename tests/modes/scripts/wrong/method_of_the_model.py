import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(8, 8)
        self.bn = nn.BatchNorm1d(8)

    def forward(self, x):
        return self.bn(self.fc(x))

    def to_onnx(self, path):
        torch.onnx.export(self, (torch.randn(4, 8),), path, dynamo=True)  # expect: BN201


Net().to_onnx("net.onnx")
