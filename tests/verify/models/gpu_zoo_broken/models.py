"""Models of torchvision and timm, each broken in one way: mode, statistics, dynamic shapes, precision."""

import types

import timm
import torch
from torch import nn
from torchvision import models

# --- mode ---------------------------------------------------------------------------------------------------------


def forgotten_resnet18():
    model = models.resnet18(weights=None).cuda()
    x = torch.randn(4, 3, 64, 64, device="cuda")
    #: | import | BN906 | 20 of 20 BatchNorm layers
    #: | run | BN905 | compiled in training mode
    return torch.export.export(model, (x,))


def train_again_lcnet():
    model = timm.create_model("lcnet_035", pretrained=False).cuda().eval()
    model.train()
    x = torch.randn(4, 3, 64, 64, device="cuda")
    #: | import | BN906 | gets the model in training mode
    #: | run | BN905 | compiled in training mode
    return torch.export.export(model, (x,))


def without_call_resnet10t():
    model = timm.create_model("resnet10t", pretrained=False).cuda()
    model.eval  # noqa: B018
    x = torch.randn(4, 3, 64, 64, device="cuda")
    #: | import | BN906 | gets the model in training mode
    #: | run | BN905 | compiled in training mode
    return torch.export.export(model, (x,))


#: --input 2x3x64x64 | eager | BN906 | `bn1` (BatchNorm2d(64)) stays in training mode after model.eval()
def frozen_train_resnet18():
    model = models.resnet18(weights=None)  # built
    model.bn1.train = types.MethodType(lambda self, mode=True: self, model.bn1)
    return model


#: --input 2x3x64x64 | eager | BN906 | a plain list, tuple or dict holds it
class PlainListOnResnet10t(nn.Module):
    def __init__(self):
        super().__init__()
        self.backbone = timm.create_model("resnet10t", pretrained=False)
        self.norms = [nn.BatchNorm1d(1000)]  # built

    def forward(self, x):
        norm = self.norms[0].to(x.device)
        return norm(self.backbone(x))  # called


#: --input 2x3x64x64 | eager | BN906 | batch_norm runs with training=True
class FunctionalOnResnet18(nn.Module):
    def __init__(self):
        super().__init__()
        self.backbone = models.resnet18(weights=None)

    def forward(self, x):
        return nn.functional.batch_norm(self.backbone(x), None, None, training=True)  # called


# --- statistics ---------------------------------------------------------------------------------------------------


#: --input 2x3x64x64 | run | BN905 | `bn1` (BatchNorm2d(64)), which has no running statistics
def untracked_stem_resnet18():
    model = models.resnet18(weights=None)
    model.bn1 = nn.BatchNorm2d(64, track_running_stats=False)  # built
    return model


#: --input 2x3x64x64 | run | BN905 | `layer2.0.bn1` (BatchNorm2d(128)), which has no running statistics
def untracked_block_resnet10t():
    model = timm.create_model("resnet10t", pretrained=False)
    model.layer2[0].bn1 = nn.BatchNorm2d(128, track_running_stats=False)  # built
    return model


#: --input 1x3x4x32x32 | run | BN905 | `stem.1` (BatchNorm3d(64)), which has no running statistics
def untracked_volume_r3d_18():
    model = models.video.r3d_18(weights=None)
    model.stem[1] = nn.BatchNorm3d(64, track_running_stats=False)  # built
    return model


#: --input 2x3x64x64 | run | BN905 | which has no running statistics
class UntrackedHeadOnResnet18(nn.Module):
    def __init__(self):
        super().__init__()
        self.backbone = models.resnet18(weights=None)
        self.head = nn.BatchNorm1d(1000, affine=False, track_running_stats=False)  # built

    def forward(self, x):
        return self.head(self.backbone(x))  # called


#: --input 2x3x64x64 | import | BN907 | running_var holds 1 NaN value of 64
def nan_resnet18():
    model = models.resnet18(weights=None)  # built
    model.bn1.running_var[7] = float("nan")
    return model


#: --input 2x3x64x64 | import | BN907 | running_mean holds 64 infinite values of 64
def infinite_resnet34():
    model = models.resnet34(weights=None)  # built
    model.layer1[0].bn1.running_mean.fill_(float("inf"))
    return model


#: --input 2x3x64x64 | import | BN907 | still has its initial statistics
def partly_loaded_resnet18():
    model = models.resnet18(weights=None)  # built
    state = {name: torch.rand_like(v) + 0.5 for name, v in model.state_dict().items() if "layer1" in name and "running" in name}
    model.load_state_dict(state, strict=False)
    return model


# --- dynamic shapes -----------------------------------------------------------------------------------------------


#: --input 4x3x64x64 --dynamic 0=1..8 | eager | BN903 | which --dynamic allows
class FixedBatchOnResnet18(nn.Module):
    def __init__(self):
        super().__init__()
        self.backbone = models.resnet18(weights=None)
        self.norm = nn.BatchNorm1d(250)

    def forward(self, x):
        x = self.backbone(x)
        return self.norm(x.view(16, 250)).view(4, 1000)  # called


#: --input 4x3x64x64 --dynamic 1=1..3 | eager | BN903 | which --dynamic allows
def dynamic_channels_resnet10t():
    return timm.create_model("resnet10t", pretrained=False)  # built


#: --input 4x3x64x64 --dynamic 0=1..8 --dynamic 2=64..128 | build | BN901 | -1
class VectorNormOnResnet18(nn.Module):
    def __init__(self):
        super().__init__()
        features = models.resnet18(weights=None)
        self.stem = nn.Sequential(features.conv1, features.bn1, features.relu)
        self.norm = nn.BatchNorm1d(64)  # built

    def forward(self, x):
        x = self.stem(x).mean(3)
        return self.norm(x)  # called


#: --input 4x3x64x64 --dynamic 0=2..8 | export | BN902 | specialized
class BranchOnBatchOnResnet10t(nn.Module):
    def __init__(self):
        super().__init__()
        self.backbone = timm.create_model("resnet10t", pretrained=False)
        self.norm = nn.BatchNorm1d(1000)

    def forward(self, x):
        x = self.backbone(x)
        if x.shape[0] == 4:
            x = self.norm(x) * 2
        return x


# --- precision ----------------------------------------------------------------------------------------------------


#: --input 2x3x64x64 --precision float16 | run | BN905 | in float16 the engine answers otherwise than the model in float32
def overflow_resnet18():
    model = models.resnet18(weights=None)
    model.bn1 = nn.BatchNorm2d(64)  # built
    nn.init.constant_(model.bn1.weight, 6e4)
    return model


#: --input 2x3x64x64 --precision float16 | run | BN905 | in float16 the engine answers otherwise than the model in float32
def tiny_variance_resnet10t():
    model = timm.create_model("resnet10t", pretrained=False)
    model.bn1 = nn.BatchNorm2d(64, eps=1e-12)  # built
    model.bn1.running_var.fill_(1e-10)
    nn.init.constant_(model.bn1.weight, 1e-4)
    return model


#: --input 2x3x64x64:float16 | import | BN907 | is 0 in float16; the layer divides by zero
def half_zero_variance_resnet18():
    model = models.resnet18(weights=None)
    model.bn1 = nn.BatchNorm2d(64, eps=1e-12)  # built
    model.bn1.running_var.zero_()
    return model.half()
