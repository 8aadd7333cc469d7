"""Signatures of library functions, written as Python writes them."""

from __future__ import annotations

import ast
from typing import Any

from bn_lint.model.values import MISSING, OPEN, Value


class Signature:
    """Binds a call to parameters. `Signature("input, dim=0, *, keepdim=False")`."""

    __slots__ = ("_defaults", "_index", "_positional", "names", "variadic")

    def __init__(self, text: str) -> None:
        parsed = ast.parse(f"def _({text}): pass").body[0]
        assert isinstance(parsed, ast.FunctionDef)
        spec = parsed.args
        positional = [arg.arg for arg in (*spec.posonlyargs, *spec.args)]
        keyword_only = [arg.arg for arg in spec.kwonlyargs]
        self.names = positional + keyword_only
        self.variadic = spec.vararg is not None
        defaults: dict[str, Any] = {}
        for name, default in zip(positional[len(positional) - len(spec.defaults) :], spec.defaults, strict=True):
            defaults[name] = ast.literal_eval(default)
        for name, default in zip(keyword_only, spec.kw_defaults, strict=True):
            if default is not None:
                defaults[name] = ast.literal_eval(default)
        self._defaults = [defaults.get(name, MISSING) for name in self.names]
        self._positional = len(positional)
        self._index = {name: index for index, name in enumerate(self.names)}

    @property
    def defaults(self) -> dict[str, Value]:
        """What each parameter is by default; MISSING for one that has to be given."""
        return dict(zip(self.names, self._defaults, strict=True))

    def bind(self, args: list[Value], keywords: dict[str, Value]) -> list[Value] | None:
        """The value of each parameter in order; extra positional arguments as one last tuple if variadic.

        None for a call that the signature does not cover: its result is unknown.
        """
        values = list(self._defaults)
        count = len(args)
        extra: tuple[Value, ...] = ()
        if count > self._positional:
            if not self.variadic:
                return None
            extra = tuple(args[self._positional :])
            args = args[: self._positional]
        values[: len(args)] = args
        for name, value in keywords.items():
            index = self._index.get(name)
            if index is None or index < count:
                return None
            values[index] = value
        if MISSING in values or OPEN in args or OPEN in extra:
            return None
        if self.variadic:
            values.append(extra)
        return values
