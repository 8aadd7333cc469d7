"""Every change to the heap, so that it can be undone.

One entry point after another runs over the same modules, and one entry runs once for each way its unknown
conditions may go: what one run changed must not reach the next.
"""

from __future__ import annotations

from typing import Any

from bn_lint.model.values import MISSING


class Journal:
    """An undo log. `paused` is true while modules are imported: what an import does is there to stay."""

    def __init__(self) -> None:
        self._log: list[tuple[Any, ...]] = []
        self.paused = False

    def mark(self) -> int:
        """A point to roll back to."""
        return len(self._log)

    def since(self, mark: int) -> list[tuple[Any, ...]]:
        """The changes since `mark`, each with what was changed first."""
        return self._log[mark:]

    def roll_back(self, mark: int) -> None:
        """Undo everything since `mark`, the latest change first."""
        log = self._log
        while len(log) > mark:
            target, key, old = log.pop()
            if key is _LENGTH:
                del target[old:]
            elif key is _CONTENT:
                target.clear()
                (target.extend if isinstance(target, list) else target.update)(old)  # pyright: ignore[reportUnknownArgumentType, reportUnknownMemberType]
            elif isinstance(target, dict):
                if old is MISSING:
                    target.pop(key, None)  # pyright: ignore[reportUnknownMemberType]
                else:
                    target[key] = old
            else:
                setattr(target, key, old)

    def set(self, target: dict[Any, Any], key: Any, value: Any) -> None:
        """target[key] = value"""
        if not self.paused:
            self._log.append((target, key, target.get(key, MISSING)))
        target[key] = value

    def delete(self, target: dict[Any, Any], key: Any) -> None:
        """del target[key], without complaint where there is none."""
        if key in target:
            self.changing(target)
            del target[key]

    def put(self, obj: Any, slot: str, value: Any) -> None:
        """Set an attribute of one of the evaluator's own objects."""
        if not self.paused:
            self._log.append((obj, slot, getattr(obj, slot)))
        setattr(obj, slot, value)

    def growing(self, target: list[Any]) -> None:
        """Call before appending to or extending a list."""
        if not self.paused:
            self._log.append((target, _LENGTH, len(target)))

    def changing(self, target: Any) -> None:
        """Call before any other change to a list, dict or set."""
        if not self.paused:
            self._log.append((target, _CONTENT, target.copy()))


_LENGTH = object()
_CONTENT = object()
