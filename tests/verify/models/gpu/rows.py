"""Measured on a GPU with torch_tensorrt: what builds, what fails, and what builds and answers wrongly.

ONNX engines do better: TensorRT's parser does not have the defects of torch_tensorrt's converter, and torch.onnx.export
exports the model in eval mode.
"""

import torch
import torch.nn.functional as F
from torch import nn


#: | passed
class ConvBatchNorm(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 16, 3)
        self.bn = nn.BatchNorm2d(16)

    def forward(self, x):
        return F.relu(self.bn(self.conv(x)))


#: --input 4x16x8x8 | passed
class NotAffine(nn.Module):
    def __init__(self):
        super().__init__()
        self.bn = nn.BatchNorm2d(16, affine=False)

    def forward(self, x):
        return self.bn(x)


#: --input 2x3x8x8x8 | passed
class Volume(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv3d(3, 8, 3)
        self.bn = nn.BatchNorm3d(8)

    def forward(self, x):
        return self.bn(self.conv(x))


#: --input 4x16 | passed
#: --input 4x16x32 | passed
class Vector(nn.Module):
    def __init__(self):
        super().__init__()
        self.bn = nn.BatchNorm1d(16)

    def forward(self, x):
        return self.bn(x)


#: | passed
class Instance(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 16, 3)
        self.norm = nn.InstanceNorm2d(16, affine=True)

    def forward(self, x):
        return self.norm(self.conv(x))


#: | passed
class Conditional(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 16, 3)
        self.register_buffer("mean", torch.zeros(16))
        self.register_buffer("var", torch.ones(16))
        self.scale = nn.Linear(16, 16)

    def forward(self, x):
        x = self.conv(x)
        weight = self.scale(x.mean((0, 2, 3)))
        return F.batch_norm(x, self.mean, self.var, weight, weight)


#: | run | BN905 | has no running statistics
#: | onnx | passed
class NoStatistics(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 16, 3)
        self.bn = nn.BatchNorm2d(16, track_running_stats=False)  # built

    def forward(self, x):
        return self.bn(self.conv(x))  # called


#: --input 4x16x8x8 | run | BN905 | has no running statistics
#: --input 4x16x8x8 | onnx | passed
class NoStatisticsAlone(nn.Module):
    def __init__(self):
        super().__init__()
        self.bn = nn.BatchNorm2d(16, affine=False, track_running_stats=False)  # built

    def forward(self, x):
        return self.bn(x)  # called


#: --input 4x16x32 | run | BN905 | has no running statistics
#: --input 4x16x32 | onnx | passed
class NoStatisticsVector(nn.Module):
    def __init__(self):
        super().__init__()
        self.bn = nn.BatchNorm1d(16, track_running_stats=False)  # built

    def forward(self, x):
        return self.bn(x)  # called


#: --input 2x8x4x8x8 | run | BN905 | has no running statistics
#: --input 2x8x4x8x8 | onnx | passed
class NoStatisticsVolume(nn.Module):
    def __init__(self):
        super().__init__()
        self.bn = nn.BatchNorm3d(8, track_running_stats=False)  # built

    def forward(self, x):
        return self.bn(x)  # called


#: --input 4x16x32 --dynamic 0=1..8 --dynamic 2=16..64 | build | BN901 | reshape dimension with more than one -1
#: --input 4x16x32 --dynamic 0=1..8 --dynamic 2=16..64 | onnx | passed
class VectorDynamicTwice(nn.Module):
    def __init__(self):
        super().__init__()
        self.bn = nn.BatchNorm1d(16)  # built

    def forward(self, x):
        return self.bn(x)  # called


#: --input 4x16x8x8 --dynamic 1=8..32 | eager | BN903 | it was built for 16 channels and receives 8
class DynamicChannels(nn.Module):
    def __init__(self):
        super().__init__()
        self.bn = nn.BatchNorm2d(16)

    def forward(self, x):
        return self.bn(x)


#: --input 4x3x32x32 --dynamic 0=1..8 | passed
class DynamicBatch(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 16, 3)
        self.bn = nn.BatchNorm2d(16)

    def forward(self, x):
        return self.bn(self.conv(x))


#: | eager | BN903 | built for 32 channels and receives 16
class WrongChannels(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 16, 3)
        self.bn = nn.BatchNorm2d(32)  # built

    def forward(self, x):
        return self.bn(self.conv(x))  # called


#: | eager | BN903 | eps must be positive
class EpsZero(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 16, 3)
        self.bn = nn.BatchNorm2d(16, eps=0.0)  # built

    def forward(self, x):
        return self.bn(self.conv(x))  # called


#: | eager | BN906 | batch_norm runs with training=True
class Functional(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 16, 3)

    def forward(self, x):
        return F.batch_norm(self.conv(x), None, None, training=True)  # called


def train_mode():
    model = ConvBatchNorm().cuda()
    x = torch.randn(4, 3, 32, 32, device="cuda")
    #: | import | BN906 | gets the model in training mode
    #: | run | BN905 | compiled in training mode
    #: | onnx | import | BN906 | gets the model in training mode
    return torch.export.export(model, (x,))
