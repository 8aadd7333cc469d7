import torch
from torch import nn


class Backbone(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(
            nn.Conv2d(3, 8, 3, padding=1), nn.BatchNorm2d(8), nn.ReLU(),
            nn.Conv2d(8, 16, 3, padding=1), nn.BatchNorm2d(16), nn.ReLU(),
        )

    def forward(self, x):
        return self.layers(x)


class SegNet(nn.Module):
    def __init__(self, classes=2):
        super().__init__()
        self.backbone = Backbone()
        self.decoder = nn.Sequential(nn.Conv2d(16, 8, 3, padding=1), nn.BatchNorm2d(8), nn.Conv2d(8, classes, 1))

    def forward(self, x):
        return self.decoder(self.backbone(x))


model = SegNet()
model.eval()
model.backbone.train()
torch.export.export(model, (torch.randn(2, 3, 16, 16),))  # expect: BN203
