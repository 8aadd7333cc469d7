"""Every known message is recognised in a real text, and nothing is in a text that has none."""

import json
import re
import string
from pathlib import Path

import pytest

from bn_lint.engine.registry import all_rules
from bn_lint.verify.messages import MESSAGES, Message, Role, explain, root_cause

SAMPLES: list[tuple[str, str]] = json.loads((Path(__file__).parent / "data/messages.json").read_text())


@pytest.mark.parametrize(("name", "text"), SAMPLES)
def test_a_sample_is_explained(name: str, text: str) -> None:
    found = {one.message.id: one for one in explain(f"before\n{text}\nafter\n")}
    assert name in found
    assert found[name].text in text
    assert "{" not in found[name].meaning


def test_every_message_has_a_sample() -> None:
    missing = {message.id for message in MESSAGES} - {name for name, _ in SAMPLES}
    # The general form of a warning whose special form for batch_norm has the sample that follows it.
    assert not missing - {"tonnx.mode"}
    assert len({message.id for message in MESSAGES}) == len(MESSAGES)


@pytest.mark.parametrize("message", MESSAGES, ids=lambda message: message.id)
def test_a_message_is_well_formed(message: Message) -> None:
    groups = set(re.compile(message.pattern).groupindex)
    used = {name for _, name, _, _ in string.Formatter().parse(message.meaning) if name}
    assert used <= groups
    assert not message.refines or message.refines in {other.id for other in MESSAGES}
    assert set(message.rules) <= set(all_rules())
    if message.role is Role.CAUSE:
        assert message.remedy, "a cause says what to do"


def test_unknown_text_gives_nothing() -> None:
    assert explain("") == []
    assert explain("Epoch 3: loss 0.41\nTypeError: unsupported operand type(s) for +: 'NoneType' and 'float'\n") == []


def test_causes_come_first_and_repeats_are_counted() -> None:
    text = (
        "ValueError: len() should return >= 0\n"
        "Error Code: 3: head.bn:shift weights has count 16 but 64 was expected\n"
        "Error Code: 3: head.bn:shift weights has count 16 but 64 was expected\n"
        "Error Code: 3: neck.bn:shift weights has count 16 but 32 was expected\n"
    )
    found = explain(text)
    assert [(one.message.id, one.layer, one.count) for one in found] == [
        ("trt.scale.count", "head.bn", 2),
        ("trt.scale.count", "neck.bn", 1),
        ("py.len", None, 1),
    ]
    cause = root_cause(found)
    assert cause is found[0]
    assert "got 16 shift weights" in cause.meaning
    assert "64" in cause.meaning


def test_only_symptoms_have_no_root_cause() -> None:
    assert root_cause(explain("ValueError: len() should return >= 0")) is None
