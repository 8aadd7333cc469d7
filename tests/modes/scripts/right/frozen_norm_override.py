import torch
from torch import nn


class FrozenStem(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(3, 8, 3), nn.BatchNorm2d(8))
        self.head = nn.Conv2d(8, 2, 1)

    def train(self, mode=True):
        super().train(mode)
        for module in self.stem.modules():
            if isinstance(module, nn.BatchNorm2d):
                module.eval()
        return self

    def forward(self, x):
        return self.head(self.stem(x))


model = FrozenStem()
model.train()
model(torch.randn(2, 3, 8, 8))
torch.onnx.export(model, torch.randn(2, 3, 16, 16), "model.onnx", dynamo=True)
