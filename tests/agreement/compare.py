"""Compare what bn-lint says about programs with what PyTorch does."""

from __future__ import annotations

import json
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bn_lint.engine.check import check_source
from bn_lint.engine.diagnostics import Diagnostic
from bn_lint.engine.settings import Settings
from bn_lint.model.events import Applied, Verdict
from bn_lint.model.torch_.norms import is_batch_norm
from bn_lint.model.workspace import Workspace
from bn_lint.source.text import SourceText
from tests.agreement.generator import Program, program

_NORM_CODES = ("BN101", "BN102", "BN105")


@dataclass(frozen=True)
class Verdicts:
    """One program: `verdict` is "agree", "silent" or "disagree", `why` says what is not as in PyTorch.

    `layers` and `proven` count the BatchNorm layers that ran, and those of them whose verdict bn-lint knew.
    """

    program: Program
    verdict: str
    why: str
    outcome: str
    layers: int
    proven: int


def compare(seeds: range, folder: Path, python: str) -> list[Verdicts]:
    """Write the programs of the seeds into a folder, run them under a Python with torch, lint them, compare."""
    programs = [program(seed) for seed in seeds]
    jobs: list[dict[str, Any]] = []
    for each in programs:
        path = folder / f"program_{each.seed}.py"
        path.write_text(each.source)
        jobs.append({"path": str(path), "entry": each.entry, "shape": each.shape, "tokens": each.tokens})
    (folder / "jobs.json").write_text(json.dumps(jobs))
    oracle = Path(__file__).with_name("oracle.py")
    command = [python, str(oracle), str(folder / "jobs.json"), str(folder / "results.json")]
    subprocess.run(command, check=True, env={"OMP_NUM_THREADS": "1", "PATH": ""})
    truths = json.loads((folder / "results.json").read_text())
    return [_compare(each, Path(job["path"]), truth) for each, job, truth in zip(programs, jobs, truths, strict=True)]


def _compare(each: Program, path: Path, truth: dict[str, Any]) -> Verdicts:
    workspace = Workspace()
    report = check_source(path, SourceText(each.source), Settings(root=path.parent), workspace)
    wrong = truth["wrong"]
    why = ""
    for found in report.diagnostics:
        if found.code in _NORM_CODES and not _among(found, [w for w in wrong if "Norm" in w[4]]):
            why = f"{_shown(found)}: PyTorch has nothing against this layer"
        if found.code == "BN104" and not _among(found, [w for w in wrong if "Norm" not in w[4]]):
            why = f"{_shown(found)}: PyTorch has nothing against this layer"
        if found.code == "BN103" and truth["outcome"] == "ok" and not _among(found, truth["shared"]):
            why = f"{_shown(found)}: no instance ran twice"
        if found.code == "BN106" and "never applied" in found.message and _among(found, truth["applied"]):
            why = f"{_shown(found)}: it ran"
    if why and "BN102" in why and truth["outcome"] == "layer" and truth["error"].startswith("ValueError: expected"):
        why = ""  # two layers cannot both be right; PyTorch blames the first, and bn-lint the one that is not for it
    known = _known(workspace, path, SourceText(each.source))
    lines = {site[0] for site in truth["applied"]}
    proven = {line for line in lines if known.get(line) == ""}
    missed = [f"line {line}: {known.get(line, 'never reached')}" for line in sorted(lines - proven)]
    if why:
        verdict = "disagree"
    elif truth["outcome"] == "ok":
        verdict = "silent" if missed else "agree"
    elif wrong and truth["outcome"] == "layer":
        verdict = "agree" if any(_among(found, wrong[:1]) for found in report.diagnostics) else "silent"
    else:
        verdict = "silent"
    why = why or "; ".join([truth["error"], *missed])
    return Verdicts(each, verdict, why, truth["outcome"], len(lines), len(proven))


def _among(found: Diagnostic, sites: list[Any]) -> bool:
    """Whether a finding stands within one of these calls."""
    start = (found.start.line, found.start.column)
    return any((site[0], site[1]) <= start <= (site[2], site[3]) for site in sites)


def _shown(found: Diagnostic) -> str:
    return f"line {found.start.line}: {found.code} {found.message}"


def _known(workspace: Workspace, path: Path, source: SourceText) -> dict[int, str]:
    """By line of the BatchNorm constructions that bn-lint saw applied: why it has no verdict, "" where it has one."""
    evaluation = workspace.evaluate(workspace.open(path, source))
    found: dict[int, str] = {}
    for site, events in evaluation.events(Applied).items():
        if is_batch_norm(events[0].cls):
            decided = any(event.verdict is not Verdict.UNKNOWN for event in events)
            found[site.line] = "" if decided else events[0].reason
    return found
