"""Models of libraries whose source is not at hand: which functions give one with BatchNorm, in train mode.

Where the library is installed its source is read instead, and this table is not asked.
"""

from __future__ import annotations

import re

from bn_lint.model.frame import Frame
from bn_lint.model.torch_.exports import BY_NAME
from bn_lint.model.torch_.leaving import READABLE, call_of
from bn_lint.model.torch_.module import MODULE
from bn_lint.model.torch_.norms import BATCH_NORM_2D
from bn_lint.model.torch_.registry import register
from bn_lint.model.values import (
    OPEN_KEYWORDS,
    UNKNOWN,
    Class,
    Implementation,
    Module,
    Native,
    Tensor,
    Unknown,
    Value,
)

Args = list[Value]
Keywords = dict[str, Value]

_TORCHVISION = re.compile(
    r"^(resnet(18|34|50|101|152)|resnext(50_32x4d|101_32x8d|101_64x4d)|wide_resnet(50|101)_2|densenet(121|161|169|201)"
    r"|vgg(11|13|16|19)_bn|mobilenet_v2|mobilenet_v3_(small|large)|mnasnet(0_5|0_75|1_0|1_3)|googlenet|inception_v3"
    r"|shufflenet_v2_x(0_5|1_0|1_5|2_0)|efficientnet_(b[0-7]|v2_[sml])"
    r"|regnet_[xy]_(400mf|800mf|1_6gf|3_2gf|8gf|16gf|32gf)|(fcn|deeplabv3)_resnet(50|101)"
    r"|(deeplabv3|lraspp)_mobilenet_v3_large|r3d_18|mc3_18|r2plus1d_18|s3d)$"
)
_TORCHVISION_HOME = re.compile(r"^torchvision\.models(\.(?!quantization|detection)\w+)?$")
# Names of timm's architectures, without a tag for the weights, whose layers are BatchNorm.
_TIMM = re.compile(
    r"^(resnet(18|26|34|50|101|152)d?|resnext(50|101)_32x\d+d|wide_resnet(50|101)_2|seresnet(18|34|50|101|152)"
    r"|densenet(121|161|169|201)|vgg(11|13|16|19)_bn|mobilenetv2_\d{3}|mobilenetv3_(small|large)_\d{3}|mnasnet_\d{3}"
    r"|(tf_)?efficientnet_b[0-4]|efficientnet_lite0|regnet[xy]_\d{3}|res2net50_26w_4s|dla34|hrnet_w(18|32|48)"
    r"|ghostnet_100|xception41|inception_v3|inception_v4|repvgg_(a0|a1|a2|b0|b1))(\..+)?$"
)
_SMP = ("Unet", "UnetPlusPlus", "Linknet", "MAnet", "PSPNet", "DeepLabV3", "DeepLabV3Plus")


def _forward(f: Frame, args: Args, keywords: Keywords) -> Value:
    return Tensor(None)


def _part(f: Frame, args: Args, keywords: Keywords) -> Value:
    model, name = args[0], args[1]
    return Unknown(f"{model.cls.name}.{name}", owner=model)


def _parts(f: Frame, args: Args, keywords: Keywords) -> Value:
    return Unknown("children", owner=args[0])


READY_MADE = Class(
    "ReadyMade",
    [MODULE, UNKNOWN],
    {
        "forward": Native("forward", _forward),
        "__getattr__": Native("__getattr__", _part),
        **{name: Native(name, _parts) for name in ("children", "named_children", "get_submodule")},
    },
)


def _make(f: Frame, name: str) -> Module:
    """A model of which nothing is known but that it has BatchNorm layers."""
    model = Module(Class(name, [READY_MADE], {}), f.place, f.ev.epoch)
    model.hidden = model.children["batch norm"] = Module(BATCH_NORM_2D, None, f.ev.epoch)
    return model


def maker(path: str) -> Native | None:
    """The function with a qualified name, where it gives a model with BatchNorm layers in train mode or exports one."""
    site = BY_NAME.get(path)
    if site is not None and site.package in READABLE:
        return Native(path, call_of(path))
    home, _, name = path.rpartition(".")
    if _TORCHVISION_HOME.match(home):
        if name == "get_model":
            return Native(path, _by_name(_TORCHVISION))
        if _TORCHVISION.match(name):
            return Native(path, lambda f, args, keywords: _unless_norm_is_chosen(f, name, keywords))
    elif name == "create_model" and home in ("timm", "timm.models"):
        return Native(path, _by_name(_TIMM))
    elif home == "segmentation_models_pytorch" and name in _SMP:
        return Native(path, lambda f, args, keywords: _unless_norm_is_chosen(f, name, keywords))
    return None


def _unless_norm_is_chosen(f: Frame, name: str, keywords: Keywords) -> Value:
    """The model of a name, built with its own kind of normalisation."""
    chosen = OPEN_KEYWORDS in keywords or any("norm" in keyword for keyword in keywords)
    return Unknown("result") if chosen else _make(f, name)


def _by_name(known: re.Pattern[str]) -> Implementation:
    def call(f: Frame, args: Args, keywords: Keywords) -> Value:
        name = args[0] if args else keywords.get("model_name", keywords.get("name"))
        if not isinstance(name, str) or not known.match(name):
            return Unknown("result")
        return _unless_norm_is_chosen(f, name, keywords)

    return call


def _from_hub(f: Frame, args: Args, keywords: Keywords) -> Value:
    """torch.hub.load: only PyTorch's own models are known."""
    given = dict(zip(("repo_or_dir", "model"), args, strict=False)) | keywords
    repository, name = given.get("repo_or_dir"), given.get("model")
    if isinstance(repository, str) and repository.startswith("pytorch/vision") and isinstance(name, str):
        return _by_name(_TORCHVISION)(f, [name], {k: v for k, v in keywords.items() if "norm" in k})
    return Unknown("result")


register("torch.hub.load", Native("torch.hub.load", _from_hub))
