"""Statistics that are missing, not finite or not trained."""

import torch
from torch import nn


#: --exporter torchscript | build | BN904 | does not support training_mode == 1
#: --exporter dynamo | build | BN908 | with elementwise layers and cannot fold it into a convolution
class NoRunningStatistics(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 16, 3)
        self.bn = nn.BatchNorm2d(16, track_running_stats=False)  # built

    def forward(self, x):
        return self.bn(self.conv(x))  # called


#: --exporter torchscript | build | BN904 | does not support training_mode == 1
class StatisticsRemoved(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 16, 3)
        self.bn = nn.BatchNorm2d(16)  # built
        self.bn.running_mean = None
        self.bn.running_var = None

    def forward(self, x):
        return self.bn(self.conv(x))  # called


#: --exporter torchscript | import | BN907 | running_var holds 1 NaN value of 16
class NotANumber(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 16, 3)
        self.bn = nn.BatchNorm2d(16)  # built
        self.bn.running_var[3] = float("nan")

    def forward(self, x):
        return self.bn(self.conv(x))  # called


#: --exporter torchscript | import | BN907 | running_mean holds 2 infinite values of 16
class Infinite(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 16, 3)
        self.bn = nn.BatchNorm2d(16)  # built
        self.bn.running_mean[3:5] = float("inf")

    def forward(self, x):
        return self.bn(self.conv(x))  # called


#: --exporter torchscript | import | BN907 | running_var is negative
class NegativeVariance(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 16, 3)
        self.bn = nn.BatchNorm2d(16)  # built
        self.bn.running_var[0] = -1.0

    def forward(self, x):
        return self.bn(self.conv(x))  # called


#: --exporter torchscript | import | BN907 | still has its initial statistics (mean 0, variance 1), although 2 other
class PartlyLoaded(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(3, 8, 3), nn.BatchNorm2d(8))
        self.body = nn.Sequential(nn.Conv2d(8, 8, 3), nn.BatchNorm2d(8))
        self.head = nn.Sequential(
            nn.Conv2d(8, 8, 3),
            nn.BatchNorm2d(8),  # built
        )
        checkpoint = {
            "stem.1.running_mean": torch.full((8,), 0.3),
            "stem.1.running_var": torch.full((8,), 2.0),
            "body.1.running_mean": torch.full((8,), 0.1),
            "body.1.running_var": torch.full((8,), 0.5),
            "classifier.1.running_mean": torch.full((8,), 0.1),
        }
        self.load_state_dict(checkpoint, strict=False)

    def forward(self, x):
        return self.head(self.body(self.stem(x)))  # called


#: --input 2x16x8x8:float16 | import | BN907 | is 0 in float16; the layer divides by zero
class HalfWithTinyEps(nn.Module):
    def __init__(self):
        super().__init__()
        self.bn = nn.BatchNorm2d(16, eps=1e-12)  # built
        self.bn.running_var.zero_()
        self.half()

    def forward(self, x):
        return self.bn(x)  # called


#: | eager | BN907 | `log` (Log) answers NaN or Inf to finite input
class LogOfNegative(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 16, 3)
        self.bn = nn.BatchNorm2d(16)
        self.log = Log()  # built

    def forward(self, x):
        return self.log(self.bn(self.conv(x)))  # called


class Log(nn.Module):
    def forward(self, x):
        return torch.log(x)
