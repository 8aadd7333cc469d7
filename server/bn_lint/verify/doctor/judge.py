"""What fits together of what an interpreter has, and what verify can do with it."""

from __future__ import annotations

import sys
from dataclasses import dataclass

from bn_lint.verify.doctor.probe import Found
from bn_lint.verify.doctor.versions import FITS, RTX_FITS, fit_of, release, satisfies


@dataclass(frozen=True)
class Verdict:
    """One thing that works or does not: `what`, `why`, and the `remedy`, a command where there is one."""

    what: str
    works: bool
    why: str
    remedy: str = ""


def fits(found: Found) -> list[Verdict]:
    """What of the installed packages belongs together, by the table of releases."""
    packages = found.packages
    verdicts: list[Verdict] = []
    both = [name for name in ("torch-tensorrt", "torch-tensorrt-rtx") if name in packages]
    if len(both) == 2:
        verdicts.append(
            Verdict(
                "torch-tensorrt and torch-tensorrt-rtx",
                False,
                "both install the module torch_tensorrt, and the later has overwritten the other",
                _pip(found, "uninstall", "torch-tensorrt", "torch-tensorrt-rtx") + ", then install one of them",
            )
        )
    for name in both:
        verdicts += _torch_tensorrt(found, name, packages[name])
    cuda = found.modules.get("torch", {}).get("cuda")
    if cuda and found.driver is None:
        verdicts.append(Verdict("driver", False, f"torch is built for CUDA {cuda}, and there is no NVIDIA driver"))
    elif cuda and found.driver is not None:
        works = release(found.driver)[:1] >= release(cuda)[:1]
        why = f"the driver supports CUDA {found.driver}, torch is built for {cuda}"
        verdicts.append(Verdict("driver", works, why, "" if works else "update the NVIDIA driver"))
    return verdicts


def _torch_tensorrt(found: Found, name: str, version: str) -> list[Verdict]:
    fit = fit_of(version)
    if fit is None:
        newest = FITS[-1].torch_tensorrt
        return [Verdict(name, True, f"{version} is not in bn-lint's table, which ends with {newest}: nothing is known")]
    rtx = name == "torch-tensorrt-rtx"
    wanted = {
        "torch": (found.packages.get("torch"), fit.torch),
        "python": (found.python, fit.python),
    }
    minor = ".".join(map(str, release(version)[:2]))
    engine = "tensorrt-rtx" if rtx else "tensorrt"
    # Wheels for Jetson stay with the TensorRT of JetPack 6.
    jetson = "tegra" in found.platform and release(version) >= (2, 8)
    asked = RTX_FITS.get(minor) if rtx else ">=10.3,<10.4" if jetson else fit.tensorrt
    if asked is not None:
        wanted[engine] = (found.packages.get(engine), asked)
    verdicts: list[Verdict] = []
    for other, (have, specification) in wanted.items():
        works = have is not None and satisfies(have, specification)
        why = f"{name} {version} wants {other} {specification}; {have or 'it is not'} installed"
        remedy = "" if works else _pip(found, "install", f'"{other}{specification}"')
        if not works and other == "python":
            remedy = "make an environment with such a Python"
        verdicts.append(Verdict(f"{name} with {other}", works, why.replace("; it is", "; none is"), remedy))
    return verdicts


def abilities(found: Found) -> list[Verdict]:
    """What verify can do: its stages and backends."""
    torch = _needs(found, "run the model (torch)", ["torch"])
    dynamo = _needs(found, "export to ONNX, dynamo", ["torch", "onnx", "onnxscript"])
    script = _needs(found, "export to ONNX, TorchScript", ["torch", "onnx"])
    compare = _needs(found, "compare the ONNX graph with the model (onnxruntime)", ["torch", "onnx", "onnxruntime"])
    return [
        torch,
        dynamo,
        script,
        compare,
        _builder(found, "tensorrt_rtx", "TensorRT-RTX", dynamo.works or script.works),
        _builder(found, "tensorrt", "TensorRT", dynamo.works or script.works),
        _torch_tensorrt_backend(found),
    ]


def can_build(verdicts: list[Verdict]) -> bool:
    """Whether some backend of verify works."""
    return any(verdict.works for verdict in verdicts[4:])


def _needs(found: Found, what: str, modules: list[str]) -> Verdict:
    for module in modules:
        if module not in found.modules:
            return Verdict(what, False, f"{module} is not installed", _pip(found, "install", module))
        if not found.imports(module):
            why = f"{module} cannot be imported: {found.modules[module]['error']}"
            return Verdict(what, False, why, _pip(found, "install", "--force-reinstall", module))
    return Verdict(what, True, ", ".join(f"{m} {found.modules[m].get('version') or ''}".strip() for m in modules))


def _builder(found: Found, module: str, name: str, exports: bool) -> Verdict:
    what = f"backend onnx, built by {name}"
    package = module.replace("_", "-")
    if module not in found.modules:
        return Verdict(what, False, f"{package} is not installed", _pip(found, "install", package))
    about = found.modules[module]
    if "error" in about:
        return Verdict(what, False, f"{module} cannot be imported: {about['error']}")
    if not about.get("builder"):
        why = f"{name} {about['version']} makes no builder here ({about.get('builder_error')}): it needs a GPU"
        remedy = "TensorRT-RTX builds without one: " + _pip(found, "install", "tensorrt-rtx")
        return Verdict(what, False, why, "" if "tensorrt_rtx" in found.modules else remedy)
    if not exports:
        return Verdict(what, False, "nothing can be exported to ONNX", "see above")
    how = "on this GPU" if found.gpus else "ahead of time for a named GPU, without one"
    return Verdict(what, True, f"{name} {about['version']}, {how}")


def _torch_tensorrt_backend(found: Found) -> Verdict:
    what = "backend torch-tensorrt, and running engines"
    if not found.gpus:
        cpu = found.imports("torch") and found.modules["torch"].get("cuda") is None
        why = "torch is a build for the CPU" if cpu else "torch sees none"
        why = why if "torch" in found.modules else "torch is not installed"
        return Verdict(what, False, f"needs a GPU: {why}", "run verify on a machine with an NVIDIA GPU")
    if "torch_tensorrt" not in found.modules:
        return Verdict(what, False, "torch-tensorrt is not installed", _pip(found, "install", _matching(found)))
    if not found.imports("torch_tensorrt"):
        return Verdict(what, False, f"torch_tensorrt cannot be imported: {found.modules['torch_tensorrt']['error']}")
    return Verdict(
        what, True, f"torch_tensorrt {found.modules['torch_tensorrt'].get('version')} on {found.gpus[0]['name']}"
    )


def _matching(found: Found) -> str:
    """The torch-tensorrt of the installed torch: their minor versions are the same since 2.1."""
    numbers = release(found.packages.get("torch", ""))
    return f'"torch-tensorrt=={numbers[0]}.{numbers[1]}.*"' if numbers >= (2, 1) else "torch-tensorrt"


def _pip(found: Found, *words: str) -> str:
    python = found.executable or sys.executable
    return f"{python} -m pip {' '.join(words)}"
