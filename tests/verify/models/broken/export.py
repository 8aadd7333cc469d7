"""Models that run, and cannot be exported, or are exported as something else, or that TensorRT cannot build."""

import torch
from torch import nn


#: --input 2x3x32x32 | export | BN902 | data-dependent
class DependsOnData(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 8, 3)
        self.bn = nn.BatchNorm2d(8)

    def forward(self, x):
        x = self.conv(x)
        if x.sum() > 0:  # called
            return self.bn(x)
        return x


#: --input 2x16x8x8 --dynamic 1=8..32 | eager | BN903 | which --dynamic allows: it was built for 16 channels and receives 8
class DynamicChannels(nn.Module):
    def __init__(self):
        super().__init__()
        self.bn = nn.BatchNorm2d(16)

    def forward(self, x):
        return self.bn(x)


#: --exporter torchscript --input 4x3x16x16 --dynamic 0=1..8 | compare | BN905 | inputs 1x3x16x16
class BranchOnBatchSize(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 8, 3)
        self.bn = nn.BatchNorm2d(8)

    def forward(self, x):
        x = self.conv(x)
        if x.shape[0] > 2:
            x = self.bn(x) * 2
        return x


#: --input 2x4x8x8 | export | BN904 | No ONNX function found
class OwnOperator(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(4, 4, 3)
        self.bn = nn.BatchNorm2d(4)

    def forward(self, x):
        x = self.bn(self.conv(x))
        return twice(x)  # called


@torch.library.custom_op("bn_lint_tests::twice", mutates_args=())
def twice(x: torch.Tensor) -> torch.Tensor:
    return x * 2


@twice.register_fake
def _(x):
    return torch.empty_like(x)


#: --input 2x4x3x3 | build | BN904 | Det
class Determinant(nn.Module):
    def __init__(self):
        super().__init__()
        self.bn = nn.BatchNorm2d(4)

    def forward(self, x):
        x = self.bn(x)
        return torch.linalg.det(x)  # called


#: --exporter torchscript --input 2x4x8x8 | export | BN902 | torch.nn.DataParallel is not supported by ONNX exporter
def data_parallel():
    return nn.DataParallel(nn.Sequential(nn.Conv2d(4, 4, 3), nn.BatchNorm2d(4)))


#: --exporter torchscript --input 2x4x16 | build | BN904 | Unique
class UniqueValues(nn.Module):
    def __init__(self):
        super().__init__()
        self.bn = nn.BatchNorm1d(4)

    def forward(self, x):
        x = self.bn(x)
        return torch.unique(x)  # called
