import torch
from torch import nn


class Video(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv3d(3, 4, 3)
        self.bn = nn.BatchNorm3d(4)

    def forward(self, clip):
        return self.bn(self.conv(clip))


video = Video().to("cpu").float()
torch.export.export(video, args=(torch.randn(1, 3, 5, 8, 8),))  # expect: BN201
