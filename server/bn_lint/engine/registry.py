"""Finds the rules: every `Rule` class in the packages behind the entry-point group `bn_lint.rules`."""

from __future__ import annotations

import inspect
import pkgutil
from functools import cache
from importlib import import_module
from importlib.metadata import entry_points
from types import ModuleType

from bn_lint.engine.errors import UserError
from bn_lint.rule import Rule

GROUP = "bn_lint.rules"


@cache
def all_rules() -> dict[str, Rule]:
    """One instance of each installed rule, by code, in the order of the codes.

    Raises UserError when a rule pack cannot be imported or two rules share a code.
    """
    rules: dict[str, Rule] = {}
    for entry in entry_points(group=GROUP):
        try:
            found = rules_in(entry.load())
        except Exception as error:
            raise UserError(f"rule pack {entry.value!r} cannot be imported: {error}") from error
        for rule in found:
            other = rules.setdefault(rule.code, rule)
            if type(other) is not type(rule):
                raise UserError(
                    f"rule code {rule.code} is used by both {type(other).__module__} "
                    f"and {type(rule).__module__}; uninstall one of the packs"
                )
    return dict(sorted(rules.items()))


def rules_in(package: ModuleType) -> list[Rule]:
    """The rules defined in a package and everything below it."""
    modules = [package]
    for info in pkgutil.walk_packages(getattr(package, "__path__", []), package.__name__ + "."):
        modules.append(import_module(info.name))
    return [
        candidate()
        for module in modules
        for candidate in vars(module).values()
        if inspect.isclass(candidate)
        and issubclass(candidate, Rule)
        and not inspect.isabstract(candidate)
        and candidate.__module__ == module.__name__
    ]
