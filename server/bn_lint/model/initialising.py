"""Calls that only initialise parameters are left out, whatever they go through to do it.

`named_apply(partial(_init_weights, scheme="jax"), self)` calls a function for every module of a model, which calls
`module.init_weights()` where there is one. `inert` says what of that a look at one function cannot tell; here it is
looked up: the functions by their names, the methods in the classes of all modules in question.
"""

from __future__ import annotations

import re
from collections import Counter
from functools import partial
from typing import TYPE_CHECKING, Any

import bn_lint.model.calls as calls
import bn_lint.model.torch_.module as torch_module
from bn_lint.model.inert import Needs
from bn_lint.model.values import MISSING, Bound, Function, Module, Native, Partial, Value

if TYPE_CHECKING:
    from bn_lint.model.frame import Frame, ModuleScope

# They call what they are given, if anything.
_HARMLESS = frozenset({"functools.partial", "torch.nn.Module.apply", "torch.nn.Module.reset_parameters"})
_NAMED = re.compile(r"init|reset_param|weights?_")


def call(f: Frame, function: Function, args: list[Value], keywords: dict[str, Value]) -> Value:
    """What a function returns that only initialises parameters; MISSING for all others."""
    code, ev = function.code, f.ev
    needs: Needs | None = code.needs
    if needs is None or needs.returns is None or code in ev.doing_more:
        return MISSING
    if not needs.given and not _NAMED.search(code.name):
        return MISSING
    if needs.nothing and not needs.returns:
        return None
    values = calls.bind_parameters(function, args, keywords)
    check = _Check(f, [function, *values.values()])
    functions = [function, *(value for name, value in values.items() if name in needs.given or _is_function(value))]
    if not check.modules or not all(map(check.function, functions)):
        ev.doing_more.add(code)
        return MISSING
    return values[needs.returns] if needs.returns else None


def applied(f: Frame, function: Value, module: Module) -> bool:
    """Whether a function only initialises parameters when it is called with any part of a module."""
    return _Check(f, [function, module]).function(function)


def loop(f: Frame, needs: Needs, module: Value) -> bool:
    """Whether the body of a loop over the parts of a module only initialises parameters."""
    doing_more = f.ev.doing_more
    known = f.up is None and needs.functions.isdisjoint(f.vars) and needs not in doing_more
    if not known or not isinstance(module, Module):
        return False
    handed_on = [value for name, value in f.vars.items() if name in needs.mentioned and _is_function(value)]
    check = _Check(f, [module, *handed_on])
    harmless = all(map(check.function, handed_on)) and check.holds(f.module, needs)
    if not harmless:
        doing_more.add(needs)
    return harmless


class _Check:
    """Whether calls only initialise the parameters of some modules: those among `values`, with all their parts."""

    def __init__(self, f: Frame, values: list[Value]) -> None:
        self._ev = f.ev
        self.modules = [part for value in values for root in _modules(value) for part in torch_module.parts(root)]
        self._classes = Counter(module.cls for module in self.modules)
        self._known: set[Any] = set()
        self._active: set[Any] = set()
        caller: Frame | None = f
        while caller is not None:
            self._active.add(caller.function)
            caller = caller.caller

    def function(self, value: Value) -> bool:
        """Whether a function is harmless; what it is given to call is another question."""
        while isinstance(value, Partial | Bound):
            value = value.function
        if not isinstance(value, Function):
            return isinstance(value, Native) and value.name in _HARMLESS
        code = value.code
        if code in self._known:
            return True
        self._known.add(code)
        self._ev.enter(value.piece)
        needs: Needs | None = code.needs
        if needs is None or value.up is not None:
            return False
        return self.holds(value.module, needs)

    def holds(self, scope: ModuleScope, needs: Needs) -> bool:
        """Whether everything is harmless that code of a file calls, or hands on to be called."""
        find = partial(self._ev.module_attribute, scope)
        return (
            all(map(self._method, needs.methods))
            and all(self.function(find(name)) for name in needs.functions)
            and all(map(self.function, filter(_is_function, map(find, needs.mentioned))))
            and all(
                self.function(found)
                for name in needs.attributes
                for cls in self._classes
                if isinstance(found := cls.lookup(name), Function)
            )
        )

    def _method(self, name: str) -> bool:
        """Whether a method is harmless in every module that has it."""
        if name in self._known:
            return True
        self._known.add(name)
        if any(name in module.attrs for module in self.modules):
            return False
        somewhere = bool(_NAMED.search(name))  # asked for by hasattr, most often
        for cls, count in self._classes.items():
            found = cls.lookup(name)
            if found is MISSING:
                if cls.opaque:
                    return False
                continue
            somewhere = True
            if found in self._active and count == 1:
                continue  # of the model whose method this call is part of
            if not self.function(found):
                return False
        return somewhere


def _is_function(value: Value) -> bool:
    return isinstance(value, Function | Partial | Bound)


def _modules(value: Value) -> list[Module]:
    """The modules that a value is, or that a function brings with it."""
    if isinstance(value, Module):
        return [value]
    if isinstance(value, Bound):
        return _modules(value.function) + _modules(value.receiver)
    if isinstance(value, Partial):
        parts = (value.function, *value.args, *value.keywords.values())
        return [module for part in parts for module in _modules(part)]
    return []
