"""Runs entries of the mutation benchmark with one file's text replaced. A script for a Python that has torch.

    python _run_entries.py CORPORA JOBS RESULTS

JOBS is a JSON list of {path, entry, corpus, mutated, fixed, restored}; RESULTS gets {mutated, fixed}: what each text
raised, "" where it ran. Every text runs in a process of its own, forked from one that has imported torch.
"""

from __future__ import annotations

import importlib.util
import json
import multiprocessing
import re
import sys
from importlib import machinery
from pathlib import Path
from typing import Any

import torch

_TIME_LIMIT = 240


def prepare(corpora: Path) -> None:
    """Make the corpora importable before what is installed; torchvision without its compiled operators."""
    for folder in sorted(corpora.iterdir()):
        if folder.is_dir():
            sys.path.insert(0, str(folder))
    torch.set_num_threads(1)
    spec = importlib.util.find_spec("torchvision")
    assert spec is not None
    assert spec.submodule_search_locations is not None
    source = (Path(spec.submodule_search_locations[0]) / "_meta_registrations.py").read_text()
    library = torch.library.Library("torchvision", "DEF")
    globals()["_library"] = library  # it lives as long as this
    for name in dict.fromkeys(re.findall(r'register_(?:fake|meta)\("(?:torchvision::)?(\w+)"\)', source)):
        library.define(f"{name}(Tensor x) -> Tensor")


def model_of(corpus: str, entry: str) -> tuple[torch.nn.Module, tuple[Any, ...]]:
    """The model that an entry names, and inputs for it."""
    image = torch.randn(2, 3, 224, 224)
    if corpus == "timm":
        import timm

        model = timm.create_model(entry.split("@")[0])
        size = model.default_cfg.get("input_size", (3, 224, 224))
        return model, (torch.randn(2, *size),)
    if corpus == "segmentation-models-pytorch":
        import segmentation_models_pytorch as smp

        architecture, _, encoder = entry.partition("_")
        encoder = encoder or ("tu-vit_small_patch16_224" if architecture == "DPT" else "resnet18")
        model = getattr(smp, architecture)(encoder_name=encoder, encoder_weights=None)
        size = 224 if architecture == "DPT" else 256
        return model, (torch.randn(2, 3, size, size),)
    import torchvision

    models = torchvision.models
    if entry == "vit_conv_stem":
        from torchvision.models.vision_transformer import ConvStemConfig, VisionTransformer

        stem = [ConvStemConfig(out_channels=c, kernel_size=3, stride=2) for c in (64, 128, 256, 512)]
        return VisionTransformer(224, 16, 2, 4, 64, 128, conv_stem_configs=stem), (image,)
    name = entry.removesuffix("_train")
    if name.startswith("quant_"):
        return getattr(models.quantization, name.removeprefix("quant_"))(weights=None, quantize=False), (image,)
    if name in ("googlenet", "inception_v3"):
        return getattr(models, name)(weights=None, init_weights=False, aux_logits=True), (torch.randn(2, 3, 299, 299),)
    for place in (models, models.segmentation, models.video, models.detection, models.optical_flow):
        found = next((n for n in (name, f"{name}_v3_large") if callable(getattr(place, n, None))), None)
        if found is not None:
            options = {"weights": None}
            if place in (models.segmentation, models.detection):
                options["weights_backbone"] = None
            model = getattr(place, found)(**options)
            if place is models.video:
                return model, (torch.randn(2, 3, 16, 112, 112),)
            if place is models.optical_flow:
                return model, (torch.randn(1, 3, 128, 128), torch.randn(1, 3, 128, 128))
            if place is models.detection:
                return model, ([torch.randn(3, 224, 224)],)
            return model, (image,)
    raise LookupError(f"no entry {entry}")


def run(job: dict[str, Any], text: str, pipe: Any) -> None:
    """Run a job's entry with a text in place of its file; sends what was raised, "" for nothing."""
    get_code = machinery.SourceFileLoader.get_code

    def replaced(self: Any, fullname: str) -> Any:
        if self.path == job["path"]:
            return compile(text, self.path, "exec")
        return get_code(self, fullname)

    machinery.SourceFileLoader.get_code = replaced  # type: ignore[method-assign]
    try:
        model, inputs = model_of(job["corpus"], job["entry"])
        if not job["entry"].endswith("_train"):
            model.eval()
        with torch.no_grad():
            model(*inputs)
    except BaseException as error:
        pipe.send(f"{type(error).__name__}: {error}"[:300] or "error")
    else:
        pipe.send("")


def outcome(job: dict[str, Any], text: str) -> str:
    """What running a text in a process of its own raised."""
    context = multiprocessing.get_context("fork")
    here, there = context.Pipe(duplex=False)
    process = context.Process(target=run, args=(job, text, there))
    process.start()
    there.close()
    try:
        return here.recv() if here.poll(_TIME_LIMIT) else "timed out"
    except EOFError:
        return "died"
    finally:
        process.kill()
        process.join()


def main(corpora: str, jobs: str, results: str) -> None:
    """Run every job of a file."""
    prepare(Path(corpora))
    found: list[dict[str, str]] = []
    for job in json.loads(Path(jobs).read_text()):
        changed = job["fixed"] != job["mutated"] and not job["restored"]
        found.append({key: outcome(job, job[key]) if changed else "not run" for key in ("mutated", "fixed")})
        print(f"\r{len(found)} run", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    Path(results).write_text(json.dumps(found))


if __name__ == "__main__":
    main(*sys.argv[1:])
