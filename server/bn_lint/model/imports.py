"""Import statements: names are bound at once, and followed when they are first read."""

from __future__ import annotations

from bn_lint.model.frame import Frame, ModuleScope
from bn_lint.model.values import Lazy


def import_star(f: Frame, module: str, level: int) -> None:
    """`from module import *`"""
    source = f.ev.resolve(f.module, Lazy(module, level, None))
    if not isinstance(source, ModuleScope):
        return
    told = f.ev.loader.told_by_text(source)
    if told is not None:
        for name in told:
            f.ev.journal.set(f.vars, name, Lazy(module, level, name))
        return
    f.ev.loader.run(source)
    listed = source.vars.get("__all__")
    names = list(listed) if isinstance(listed, list | tuple) else [n for n in source.vars if not n.startswith("_")]  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]
    for name in names:  # pyright: ignore[reportUnknownVariableType]
        if isinstance(name, str):
            f.ev.journal.set(f.vars, name, source.vars.get(name, Lazy(source.name, 0, name)))


def importable(f: Frame, module: str, level: int) -> bool:
    """Whether an import would find its module: by table, in the workspace, or among installed packages."""
    return f.ev.loader.importable(f.module, module, level)
