"""Finds the known messages in a text."""

from __future__ import annotations

import re
from dataclasses import replace

from bn_lint.verify.messages import exporters, onnx_parser, quantization, tensorrt, torch_eager, torch_tensorrt
from bn_lint.verify.messages.message import Explanation, Message, Role

MESSAGES: tuple[Message, ...] = (
    *tensorrt.MESSAGES,
    *torch_tensorrt.MESSAGES,
    *onnx_parser.MESSAGES,
    *exporters.MESSAGES,
    *torch_eager.MESSAGES,
    *quantization.MESSAGES,
)

_ORDER = {role: place for place, role in enumerate(Role)}


def explain(text: str) -> list[Explanation]:
    """The known messages of a text: causes first, then notes, symptoms and places; each kind in the text's order.

    A message that recurs with the same numbers and names is given once, with all its spans. Unknown text gives nothing.
    """
    found = [match for message in MESSAGES for match in _matches(message, text)]
    refined = {(match.message.refines, match.start) for match in found}
    unique: dict[tuple[str, tuple[tuple[str, str], ...]], Explanation] = {}
    for match in sorted(found, key=lambda match: match.start):
        if (match.message.id, match.start) in refined:
            continue
        key = (match.message.id, tuple(match.groups.items()))
        seen = unique.get(key)
        unique[key] = match if seen is None else replace(seen, spans=seen.spans + match.spans)
    return sorted(unique.values(), key=lambda match: (_ORDER[match.message.role], match.start))


def root_cause(explanations: list[Explanation]) -> Explanation | None:
    """The first explanation that is a cause; None where a text holds only notes, symptoms and places."""
    return next((one for one in explanations if one.message.role is Role.CAUSE), None)


def _matches(message: Message, text: str) -> list[Explanation]:
    if message.needs and not re.search(message.needs, text):
        return []
    return [
        Explanation(
            message,
            match[0].strip(),
            (match.span(),),
            match.groupdict(default=""),
        )
        for match in message.regex.finditer(text)
    ]
