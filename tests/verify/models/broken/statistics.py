from torch import nn


class NoRunningStatistics(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 16, 3)
        self.bn = nn.BatchNorm2d(16, track_running_stats=False)

    def forward(self, x):
        return self.bn(self.conv(x))
