"""The messages that the installed PyTorch and TensorRT-RTX print when they fail are known, and are the cause."""

from __future__ import annotations

import json
import re
import subprocess

import pytest

from bn_lint.verify.messages import explain, places, root_cause

from .conftest import DATA, Run

SCRIPT = DATA / "failures.py"
NAMES = re.findall(r'^@fails\("(.+)"\)$', SCRIPT.read_text(), re.MULTILINE)


@pytest.fixture(scope="session")
def failures(torch_python: str, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What each failure printed, by the id of the message that it should hold. One process for all."""
    output = tmp_path_factory.mktemp("failures") / "texts.json"
    subprocess.run([torch_python, str(SCRIPT), str(output)], check=True, capture_output=True, timeout=600)
    return json.loads(output.read_text())


@pytest.mark.parametrize("name", NAMES)
def test_a_real_failure_is_explained(failures: dict[str, str], name: str) -> None:
    text = failures[name]
    if "No module named 'tensorrt_rtx'" in text:
        pytest.skip("tensorrt_rtx is not installed")
    cause = root_cause(explain(text))
    assert cause is not None, text
    assert cause.message.id == name
    # The last line of the user's own code in the traceback is in the script that failed.
    own = [place for place in places(text) if place.of_user]
    if "Traceback" in text:
        assert own[-1].file == str(SCRIPT)


def test_channels_are_told_the_right_way_round(failures: dict[str, str], bn_lint: Run) -> None:
    done = bn_lint("explain-log", "-", "--source", SCRIPT, input=failures["eager.feat"])
    assert done.stdout.startswith("cause: a normalisation built for 16 channels receives 8")
    line = next(n for n, text in enumerate(SCRIPT.read_text().splitlines(), 1) if "BatchNorm2d(16)" in text)
    assert f"here   {SCRIPT}:{line}:5  net(nn.BatchNorm2d(16))(X)" in done.stdout
