"""Code that somebody is in the middle of breaking: no rule and no evaluation fails over it."""

from __future__ import annotations

import logging
import random
import re
from pathlib import Path

import pytest

from bn_lint.engine.check import check_source
from bn_lint.engine.settings import Settings
from bn_lint.model.workspace import Workspace
from bn_lint.source.text import SourceText
from tests.modes.corpus import SCRIPTS

_TESTS = Path(__file__).parents[1]
_TEXTS = [script.text for script in SCRIPTS]
_TEXTS += [
    part for path in sorted((_TESTS / "data/programs").glob("*.py")) for part in path.read_text("utf-8").split("# %%")
]
_ODD = ["0", "-1", "None", "'a'", "[]", "{}", "()", "x", "self", "1.5", "10**9", "nn", "lambda: 0", "range(3)", "*a"]


def _mutilated(rng: random.Random) -> str:
    """A program with some of its words exchanged, doubled or left out, or lines of another in it."""
    text = "import torch\nimport torch.nn as nn\nimport torch.nn.functional as F\n" + rng.choice(_TEXTS)
    for _ in range(rng.choice((1, 1, 2, 5))):
        words = re.findall(r"\s+|\w+|\W", text)
        places = [i for i, word in enumerate(words) if word.isidentifier() or word.isdigit()]
        i, j = rng.choice(places), rng.choice(places)
        kind = rng.random()
        if kind < 0.5:
            words[i] = rng.choice((words[j], *_ODD))
        elif kind < 0.7:
            words[i], words[j] = words[j], words[i]
        elif kind < 0.8:
            words[i] = ""
        else:
            other = rng.choice(_TEXTS).split("\n")
            start = rng.randrange(len(other))
            words[i] += "\n" + "\n".join(other[start : start + 12]) + "\n"
        text = "".join(words)
    return text


def test_nothing_fails(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, "bn_lint")
    rng = random.Random(3)
    for _ in range(150):
        text = _mutilated(rng)
        check_source(tmp_path / "m.py", SourceText(text), Settings(root=tmp_path), Workspace())
        failed = [record for record in caplog.records if record.exc_info or record.levelno >= logging.ERROR]
        assert not failed, f"{failed[0].getMessage()}\n{failed[0].exc_info}\n{text}"
