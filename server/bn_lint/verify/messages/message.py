"""What is known about one message of the tool chain, and what a text that holds it says."""

from __future__ import annotations

import enum
import re
from dataclasses import dataclass, field
from functools import cached_property


class Role(enum.Enum):
    """What a message is worth when several stand in one log. In the order in which they are shown."""

    CAUSE = "cause"
    """Says what went wrong."""
    NOTE = "note"
    """Says what was done or left out; the result may still be right."""
    SYMPTOM = "symptom"
    """Follows from an earlier message of the same log."""
    PLACE = "place"
    """Says only where: a node, a layer or a traceback."""


@dataclass(frozen=True)
class Message:
    """A message that some tool prints.

    `pattern` is a regular expression for `re.search`; its named groups carry the message's numbers and names.
    `meaning`, `cause` and `remedy` are sentences; `meaning` may use the groups as `{group}`.
    `affected` and `fixed` name releases, empty where the message is no defect of a release. `rules` are the codes of
    lint rules that find the cause in source. `needs` is a pattern that must occur somewhere in the same text: a
    message that other code prints as well is not explained on its own. `refines` is the id of a more general message,
    whose match at the same place this one replaces.
    """

    id: str
    origin: str
    pattern: str
    meaning: str
    cause: str = ""
    remedy: str = ""
    affected: str = ""
    fixed: str = ""
    rules: tuple[str, ...] = ()
    role: Role = Role.CAUSE
    needs: str = ""
    refines: str = ""

    @cached_property
    def regex(self) -> re.Pattern[str]:
        return re.compile(self.pattern, re.MULTILINE)


@dataclass(frozen=True)
class Explanation:
    """One known message in a text, `text`, with the offsets at which it stands there."""

    message: Message
    text: str
    spans: tuple[tuple[int, int], ...]
    groups: dict[str, str] = field(hash=False)

    @property
    def start(self) -> int:
        """Where it stands first."""
        return self.spans[0][0]

    @property
    def count(self) -> int:
        """How often it stands there with these numbers and names."""
        return len(self.spans)

    @property
    def meaning(self) -> str:
        """The meaning, with the numbers and names of this occurrence."""
        return self.message.meaning.format_map(self.groups)

    @property
    def layer(self) -> str | None:
        """The TensorRT layer that the message names."""
        return self.groups.get("layer")

    def as_dict(self) -> dict[str, object]:
        """For JSON. Keys that would be empty are left out."""
        message = self.message
        rows = {
            "id": message.id,
            "role": message.role.value,
            "origin": message.origin,
            "text": self.text,
            "count": self.count,
            "groups": self.groups,
            "meaning": self.meaning,
            "cause": message.cause,
            "remedy": message.remedy,
            "affected": message.affected,
            "fixed": message.fixed,
            "rules": list(message.rules),
        }
        return {key: value for key, value in rows.items() if value}
