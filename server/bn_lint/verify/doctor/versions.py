"""Which releases belong together, and which have a known defect with BatchNorm. Data, and a comparison.

Sources: each torch-tensorrt release's own requirements (pyproject.toml, setup.py, dev_dep_versions.yml at its tag) and
commits; the ONNX parser's source by TensorRT release; builds that were measured where a row says so.
"""

from __future__ import annotations

import re
from dataclasses import dataclass


def release(version: str) -> tuple[int, ...]:
    """The numbers of a version: `2.11.0+cu130` is (2, 11, 0). A pre-release counts as its release."""
    match = re.match(r"\d+(?:\.\d+)*", version)
    return tuple(int(part) for part in match[0].split(".")) if match else ()


def satisfies(version: str, specification: str) -> bool:
    """Whether a version is in a specification like `>=2.1,<2.5`; an empty one takes every version."""
    return all(_holds(version, clause) for clause in specification.split(",") if clause)


def _holds(version: str, clause: str) -> bool:
    match = re.fullmatch(r"\s*(>=|<=|==|<|>)\s*([\d.]+)\s*", clause)
    assert match is not None, clause
    operator, bound = match[1], release(match[2])
    mine = release(version)
    size = max(len(mine), len(bound))
    mine, bound = mine + (0,) * (size - len(mine)), bound + (0,) * (size - len(bound))
    return {">=": mine >= bound, "<=": mine <= bound, "==": mine == bound, "<": mine < bound, ">": mine > bound}[
        operator
    ]


@dataclass(frozen=True)
class Fit:
    """What one torch-tensorrt release asks for. `cuda` is the one its wheels were built with."""

    torch_tensorrt: str
    torch: str
    tensorrt: str
    cuda: str
    python: str


# There is no torch-tensorrt 2.0: 1.4 served torch 2.0.
FITS = (
    Fit("1.3", "==1.13.0", ">=8.4,<8.6", "11.7", ">=3.7,<3.11"),
    Fit("1.4", ">=2.0,<2.1", ">=8.6,<8.7", "11.8", ">=3.8,<3.12"),
    Fit("2.1", ">=2.1,<2.2", ">=8.6,<8.7", "12.1", ">=3.8"),
    Fit("2.2", ">=2.2,<2.3", ">=8.6,<8.7", "12.1", ">=3.8"),
    Fit("2.3", ">=2.3,<2.3.2", ">=10.0,<10.1", "12.1", ">=3.8"),
    Fit("2.4", ">=2.4,<2.5", ">=10.1,<10.2", "12.4", ">=3.8"),
    Fit("2.5", ">=2.5,<2.6", ">=10.3,<10.4", "12.4", ">=3.8,<3.13"),
    Fit("2.6", ">=2.6,<2.7", ">=10.7,<10.8", "12.6", ">=3.9"),
    Fit("2.7", ">=2.7,<2.8", ">=10.9,<10.10", "12.8", ">=3.9,<3.14"),
    Fit("2.8", ">=2.8,<2.9", ">=10.12,<10.13", "12.8", ">=3.9,<3.14"),
    Fit("2.9", ">=2.9,<2.10", ">=10.13,<10.14", "12.8 or 13.0", ">=3.10,<3.14"),
    Fit("2.10", ">=2.10,<2.11", ">=10.14.1,<10.15", "13.0", ">=3.10,<3.14"),
    Fit("2.11", ">=2.11,<2.12", ">=10.15.1,<10.16", "13.0", ">=3.10"),
    Fit("2.12", ">=2.12,<2.13", ">=10.16.1,<10.17", "13.0", ">=3.10"),
    Fit("2.13", ">=2.13,<2.14", ">=11.0,<11.1", "13.0 or 13.2", ">=3.10,<3.14"),
)

# torch-tensorrt-rtx has the same torch and Python; TensorRT-RTX as measured: 2.11 does not import with 1.5.
RTX_FITS = {"2.11": ">=1.4,<1.5", "2.13": ">=1.5"}


def fit_of(torch_tensorrt: str) -> Fit | None:
    """The row of a torch-tensorrt release; None for one that is not in the table."""
    return next((fit for fit in FITS if release(torch_tensorrt)[:2] == release(fit.torch_tensorrt)), None)


@dataclass(frozen=True)
class Defect:
    """A defect with BatchNorm in the releases `affected` of a package. `silent`: it answers wrongly, without an error.

    `rules` find the code that meets it.
    """

    package: str
    affected: str
    what: str
    remedy: str
    silent: bool = False
    rules: tuple[str, ...] = ()


DEFECTS = (
    Defect(
        "torch-tensorrt",
        ">=2.1,<2.5",
        "BatchNorm3d (any 5-D tensor) is scaled along the depth: `shift weights has count ...` and `len() "
        "should return >= 0`, or a wrong answer without an error where depth and channels are equal",
        "upgrade to 2.5 or later (pytorch/TensorRT pull request 3099)",
        silent=True,
    ),
    Defect(
        "torch-tensorrt",
        "<2.5",
        "statistics that are not frozen (refittable builds, torch.compile): `unsupported operand type(s) "
        "for +: 'NoneType' and 'float'`",
        "upgrade to 2.5 or later (pytorch/TensorRT pull request 3099)",
    ),
    Defect(
        "torch-tensorrt",
        ">=2.5,<2.6",
        "refitting maps BatchNorm weights by value, so equal initial values go to the wrong tensor",
        "upgrade to 2.6 or later (pytorch/TensorRT pull request 3170)",
        silent=True,
    ),
    Defect(
        "torch-tensorrt",
        ">=2.5,<2.8",
        "BatchNorm is not folded into the convolution: right, and about 15 % slower on a ResNet-18",
        "upgrade to 2.8 or later (pytorch/TensorRT pull request 3629)",
    ),
    Defect(
        "torch-tensorrt",
        ">=2.9",
        "a BatchNorm without running statistics is built as the identity (measured with 2.11)",
        "not fixed; build the layer with track_running_stats=True",
        silent=True,
        rules=("BN301",),
    ),
    Defect(
        "torch-tensorrt",
        ">=2.1",
        "BatchNorm1d with a dynamic batch and a dynamic length cannot be built",
        "not fixed; make one of them static, or use BatchNorm2d on x.unsqueeze(-1)",
    ),
    Defect(
        "torch-tensorrt",
        "",
        "ir='ts' takes a variance of 0 for a BatchNorm without running statistics",
        "not fixed; use ir='dynamo', and build the layer with track_running_stats=True",
        silent=True,
        rules=("BN301",),
    ),
    Defect(
        "torch-tensorrt",
        "<2.7",
        "ir='ts' fails on InstanceNorm with optional inputs",
        "upgrade to 2.7 or later (pytorch/TensorRT pull request 3367)",
    ),
    Defect(
        "torch-tensorrt",
        "<1.4",
        "ir='ts' folds a half-precision BatchNorm in half precision",
        "upgrade to 1.4 or later (pytorch/TensorRT pull request 1450)",
        silent=True,
    ),
    Defect(
        "torch-tensorrt-rtx",
        "<2.12",
        "BatchNorm is not folded on TensorRT-RTX, where folding gave NaN behind a convolution",
        "upgrade to 2.12 or later (pytorch/TensorRT pull request 4181)",
    ),
    Defect(
        "tensorrt",
        "<8.5",
        "the ONNX parser ignores training_mode=1 and uses the running statistics",
        "upgrade to 8.5 or later, which refuses such a node; export in eval mode",
        silent=True,
        rules=("BN201", "BN301"),
    ),
    Defect(
        "tensorrt",
        ">=9.1",
        "the ONNX parser folds a float16 BatchNorm in float16, where eps below 6e-8 is 0",
        "not a defect for TensorRT; export in float32 and let TensorRT choose FP16",
        silent=True,
    ),
    Defect(
        "torch",
        ">=2.9",
        "torch.onnx.export exports with dynamo=True unless told otherwise: it leaves the model's mode "
        "alone, and folds a BatchNorm in train mode as if it were in eval mode",
        "call model.eval() first, and compare with that",
        silent=True,
        rules=("BN201",),
    ),
    Defect(
        "torch",
        "<1.9",
        "the ONNX exporter ignores the running statistics of an InstanceNorm",
        "upgrade to 1.9 or later (pytorch/pytorch pull request 55051)",
        silent=True,
    ),
    Defect(
        "torch",
        "<1.13",
        "SyncBatchNorm on the CPU fails even in eval mode: `SyncBatchNorm expected input tensor to be on GPU`",
        "upgrade, or rebuild the model with nn.BatchNorm2d before the export",
    ),
    Defect(
        "torch2trt",
        "",
        "BatchNorm with affine=False or track_running_stats=False, and BatchNorm1d on (N, C), fail with "
        "an AttributeError",
        "not fixed; convert through ONNX or torch_tensorrt",
        rules=("BN301",),
    ),
    Defect(
        "torchvision",
        "<0.7",
        "FrozenBatchNorm2d has no eps, so it differs from the BatchNorm2d that it was made from",
        "upgrade to 0.7 or later (pytorch/vision pull request 2453)",
        silent=True,
    ),
)


def defects(packages: dict[str, str]) -> list[tuple[str, Defect]]:
    """The known defects of installed packages (version by name), each with the version that has it."""
    found: list[tuple[str, Defect]] = []
    for defect in DEFECTS:
        names = [defect.package]
        # Both packages install the module torch_tensorrt, from the same source.
        if defect.package == "torch-tensorrt":
            names.append("torch-tensorrt-rtx")
        version = next((packages[name] for name in names if name in packages), None)
        if version is not None and satisfies(version, defect.affected):
            found.append((version, defect))
    return found
