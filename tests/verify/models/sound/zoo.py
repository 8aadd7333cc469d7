"""Sound models of torchvision and timm, with random weights."""

import re

import torch

_ops = torch.library.Library("torchvision", "FRAGMENT")


def _import(name):
    """Import a package that needs torchvision's compiled operators, also where they were built for another torch.

    A torchvision built for CUDA cannot load its operators beside a torch without it. No model here uses one of them.
    """
    for _ in range(40):
        try:
            return __import__(name, fromlist=["models"])
        except RuntimeError as error:
            missing = re.search(r"torchvision::(\w+) does not exist", str(error))
            if missing is None:
                raise
            _ops.define(f"{missing[1]}(Tensor x) -> Tensor")


def _torchvision(name, **options):
    return getattr(_import("torchvision.models"), name)(weights=None, **options)


def _timm(name):
    _import("torchvision")
    return _import("timm").create_model(name, pretrained=False)


#: --input 2x3x64x64 | passed
def resnet18():
    return _torchvision("resnet18")


#: --exporter torchscript --input 2x3x64x64 | passed
def mobilenet_v2():
    return _torchvision("mobilenet_v2")


#: --exporter torchscript --input 2x3x64x64 | passed
def mobilenet_v3_small():
    return _torchvision("mobilenet_v3_small")


#: --exporter torchscript --input 2x3x64x64 | passed
def shufflenet_v2_x0_5():
    return _torchvision("shufflenet_v2_x0_5")


#: --exporter torchscript --input 2x3x64x64 | passed
def mnasnet0_5():
    return _torchvision("mnasnet0_5")


#: --exporter torchscript --input 2x3x64x64 | passed
def regnet_y_400mf():
    return _torchvision("regnet_y_400mf")


#: --exporter torchscript --input 2x3x64x64 | passed
def efficientnet_b0():
    return _torchvision("efficientnet_b0")


#: --exporter torchscript --input 1x3x96x96 | passed
def googlenet():
    return _torchvision("googlenet", init_weights=False, aux_logits=False)


#: --exporter torchscript --input 1x3x4x16x16 | passed
def r3d_18():
    module = _import("torchvision.models.video")
    return module.r3d_18(weights=None)


#: --exporter torchscript --input 1x3x64x64 | passed
def lraspp_mobilenet_v3_large():
    module = _import("torchvision.models.segmentation")
    return module.lraspp_mobilenet_v3_large(weights=None, weights_backbone=None)


#: --exporter torchscript --input 2x3x64x64 | passed
def mobilenetv3_small_050():
    return _timm("mobilenetv3_small_050")


#: --exporter torchscript --input 2x3x64x64 | passed
def resnet10t():
    return _timm("resnet10t")


#: --exporter torchscript --input 2x3x64x64 | passed
def tinynet_e():
    return _timm("tinynet_e")


#: --exporter torchscript --input 2x3x64x64 | passed
def lcnet_035():
    return _timm("lcnet_035")


#: --exporter torchscript --input 2x3x64x64 | passed
def ghostnet_050():
    return _timm("ghostnet_050")


#: --exporter torchscript --input 2x3x64x64 | passed
def repvgg_a0():
    return _timm("repvgg_a0")


#: --exporter torchscript --input 2x3x64x64 | passed
def mixnet_s():
    return _timm("mixnet_s")


#: --exporter torchscript --input 2x3x64x64 | passed
def regnetx_002():
    return _timm("regnetx_002")


#: --exporter torchscript --input 1x3x224x224 | passed
def levit_128s():
    return _timm("levit_128s")


#: --exporter torchscript --input 2x3x64x64 | passed
def darknet17():
    return _timm("darknet17")
