import torch
from torch import nn


class Mlp(nn.Module):
    def __init__(self, width=16):
        super().__init__()
        self.fc1 = nn.Linear(8, width)
        self.bn = nn.BatchNorm1d(width)
        self.fc2 = nn.Linear(width, 4)

    def forward(self, x):
        return self.fc2(torch.relu(self.bn(self.fc1(x))))


model = Mlp()
for epoch in range(3):
    model.train()
    model(torch.randn(8, 8)).sum().backward()
    torch.onnx.export(model, (torch.randn(8, 8),), f"epoch{epoch}.onnx", dynamo=True)  # expect: BN201
