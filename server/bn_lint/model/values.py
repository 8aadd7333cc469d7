"""Abstract values.

Plain Python data stands for itself: int, float, str, bool, None, tuple, list, dict, set, range, slice. Lists and dicts
are real and mutable; every mutation goes through `journal.py`. Symbolic integers are `symbolic.Poly`. The rest is here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, TypeAlias

from bn_lint.model.symbolic import Size
from bn_lint.source.tree import Node

if TYPE_CHECKING:
    from bn_lint.model.frame import Frame, ModuleScope

Value: TypeAlias = Any
Arguments: TypeAlias = "list[Value]"
Keywords: TypeAlias = "dict[str, Value]"
Implementation: TypeAlias = "Callable[[Frame, Arguments, Keywords], Value]"


class Missing:
    """No value: an unbound name, an absent attribute. Never visible to the code under evaluation."""

    def __repr__(self) -> str:
        return "MISSING"


MISSING = Missing()


class Unknown:
    """A value about which nothing is known. Whatever touches it becomes unknown.

    `path` says where it came from (`cfg.model.width`), for the report of why nothing was said. Reading the same
    attribute twice gives the same object, so that a decision on it is made once. The result of a comparison that
    could go either way has a `condition`: operator, left and right; what arithmetic gave has a `formula` of the same
    form. `owner` is the module that it is a part of, where that is known: switching the part switches some of the
    module. `fixed`: an object that came in from outside, or a part of one (`whole`): each part has one value, while
    nothing changes the object.
    """

    __slots__ = ("_parts", "condition", "fixed", "formula", "owner", "path", "whole")

    def __init__(
        self,
        path: str = "?",
        condition: tuple[str, Any, Any] | None = None,
        owner: Module | None = None,
        *,
        formula: tuple[str, Any, Any] | None = None,
        fixed: bool = False,
    ) -> None:
        self.path = path
        self.condition = condition
        self.formula = formula
        self.owner = owner
        self.fixed = fixed
        self.whole: Unknown | None = None
        self._parts: dict[Any, Unknown] | None = None

    def part(self, key: Any) -> Unknown:
        """An attribute (str) or element of an unknown value."""
        if self._parts is None:
            self._parts = {}
        found = self._parts.get(key)
        if found is None:
            text = f".{key}" if isinstance(key, str) else f"[{key!r}]"
            path = self.path + text if len(self.path) < 60 else "..."
            found = self._parts[key] = Unknown(path, owner=self.owner, fixed=self.fixed)
            found.whole = self
        return found

    def wholes(self) -> list[Unknown]:
        """This, and what it is a part of."""
        return [self] if self.whole is None else [self, *self.whole.wholes()]

    def __repr__(self) -> str:
        return f"<unknown {self.path}>"


UNKNOWN = Unknown()


class OpenArguments:
    """Stands in an argument list for `*unknown`: any number of further arguments."""


OPEN = OpenArguments()
OPEN_KEYWORDS = "**"  # a key that no keyword argument can have: `**unknown` was passed


class Origin:
    """How a number of channels came about: a layer or operation, with the origins of its inputs.

    `built` is where the layer was constructed, by the calls of `chain`, `used` where it (or the operation) was called.
    """

    __slots__ = ("built", "chain", "channels", "parents", "used", "what")

    def __init__(
        self,
        what: str,
        channels: Size,
        built: Node | None,
        used: Node | None,
        parents: tuple[Origin, ...] = (),
        chain: tuple[Node, ...] = (),
    ) -> None:
        self.chain = chain
        self.what = what
        self.channels = channels
        self.built = built
        self.used = used
        self.parents = parents


class Tensor:
    """A tensor by its shape: `dims` is None for an unknown rank, `last` then is the last dimension where known.

    `channel` is the axis that holds features as far as layers say (1 after a convolution, the last after Linear),
    None where unknown. `origin` tells how that axis got its size. `norm` is the constructing call of the BatchNorm
    whose very output this is, `owner` the layer whose parameter or buffer it is. `data` holds the numbers of a small
    constant tensor. `run` is the model in train mode that gave it, with the call.
    """

    __slots__ = ("channel", "data", "dims", "last", "norm", "origin", "owner", "run")

    def __init__(
        self,
        dims: tuple[Size, ...] | None,
        *,
        last: Size | None = None,
        channel: int | None = None,
        origin: Origin | None = None,
        data: Value = None,
        norm: Node | None = None,
        owner: Module | None = None,
        run: tuple[Module, Node] | None = None,
    ) -> None:
        self.run = run
        self.owner = owner
        self.norm = norm
        self.dims = dims
        self.last = last
        self.channel = channel
        self.origin = origin
        self.data = data

    def __repr__(self) -> str:
        return f"Tensor{list(self.dims)}" if self.dims is not None else "Tensor[...]"


class ShapeOf(Unknown):
    """The shape of a tensor whose rank is not known. Unpacking it into n names says that the rank is n."""

    __slots__ = ("tensor",)

    def __init__(self, tensor: Tensor) -> None:
        super().__init__("shape")
        self.tensor = tensor


class Native:
    """A function implemented here, standing for one of Python's or a library's."""

    __slots__ = ("call", "name")

    def __init__(self, name: str, call: Implementation) -> None:
        self.name = name
        self.call = call

    def __repr__(self) -> str:
        return f"<native {self.name}>"


class Function:
    """A function or lambda of the code under evaluation, with what it closes over.

    `again` finds its code in what the text around it has become, when only the insides of functions have changed.
    """

    __slots__ = ("_again", "_code", "_fragment", "attrs", "defaults", "module", "name", "owner", "piece", "up")

    def __init__(
        self,
        name: str,
        code: Any,
        module: ModuleScope,
        piece: Any,
        up: Frame | None,
        defaults: dict[str, Value],
        again: Callable[[Any], Any] | None = None,
    ) -> None:
        self.name = name
        self._code = code
        self._fragment = piece.fragment
        self._again = again
        self.module = module
        self.piece = piece
        self.up = up
        self.defaults = defaults
        self.owner: Class | None = None
        self.attrs: dict[str, Value] = {}

    @property
    def code(self) -> Any:
        fragment = self.piece.fragment
        if fragment is not self._fragment and self._again is not None:
            self._code, self._fragment = self._again(fragment), fragment
        return self._code

    def __repr__(self) -> str:
        return f"<function {self.name}>"


class Class:
    """A class: of the code under evaluation, or one of PyTorch's or Python's with native members.

    `norm` is "batch" or "instance" for a layer that normalises and is told its number of channels, else "".
    """

    __slots__ = ("bases", "members", "mro", "name", "native", "node", "norm", "opaque", "qualified")

    def __init__(
        self,
        name: str,
        bases: Iterable[Value],
        members: dict[str, Value],
        *,
        qualified: str | None = None,
        node: Node | None = None,
        native: Any = None,
    ) -> None:
        self.name = name
        self.qualified = qualified or name
        self.bases = list(bases)
        self.members = members
        self.node = node
        self.native = native
        known = [base for base in self.bases if isinstance(base, Class)]
        # A base that is not known may define anything: absent attributes are unknown, not errors.
        self.opaque = len(known) < len(self.bases) or any(base.opaque for base in known)
        self.mro: list[Class] = _linearize(self, known)
        self.norm: str = next((base.norm for base in known if base.norm), "")

    def lookup(self, name: str) -> Value:
        """A member by name, along the method resolution order; MISSING where no class has it."""
        for cls in self.mro:
            found = cls.members.get(name, MISSING)
            if found is not MISSING:
                return found
        return MISSING

    def is_subclass(self, other: Value) -> bool:
        return other in self.mro

    def derives(self, kind: type) -> bool:
        """Whether it derives from one of Python's types."""
        return any(isinstance(base.native, type) and issubclass(base.native, kind) for base in self.mro)

    @property
    def is_enum(self) -> bool:
        return any(base.qualified == "enum.Enum" for base in self.mro)

    @property
    def own_type(self) -> Value:
        """What `type(...)` gives for an instance: Python's type where the class only stands for it."""
        return self.native if isinstance(self.native, type) and self.node is None and not self.bases else self

    def __repr__(self) -> str:
        return f"<class {self.name}>"


def _linearize(cls: Class, bases: list[Class]) -> list[Class]:
    """C3 linearisation; a plain depth-first order where the bases conflict."""
    sequences = [list(base.mro) for base in bases] + [list(bases)]
    order: list[Class] = [cls]
    while any(sequences):
        sequences = [s for s in sequences if s]
        head = next((s[0] for s in sequences if not any(s[0] in other[1:] for other in sequences)), None)
        if head is None:
            return list(dict.fromkeys([cls, *(c for base in bases for c in base.mro)]))
        order.append(head)
        for sequence in sequences:
            if sequence[0] is head:
                del sequence[0]
    return order


class Object:
    """An instance of a class. `payload` holds what native members keep."""

    __slots__ = ("attrs", "born", "cls", "payload")

    def __init__(self, cls: Class, born: int = 0) -> None:
        self.cls = cls
        self.attrs: dict[str, Value] = {}
        self.payload: Any = None
        self.born = born

    def __repr__(self) -> str:
        return f"<{self.cls.name} object>"


class Switch:
    """A change of a module's mode to `mode` (None: not known), at the call `at`.

    `chain` are the calls that led there, innermost first. `own`: the module itself was switched, not one that holds
    it. `building`: a constructor did it. `before` is the change before this one.
    """

    __slots__ = ("at", "before", "building", "chain", "mode", "own")

    def __init__(
        self,
        at: Node,
        mode: bool | None,
        chain: tuple[Node, ...],
        own: bool,
        building: bool,
        before: Switch | None,
    ) -> None:
        self.at = at
        self.mode = mode
        self.chain = chain
        self.own = own
        self.building = building
        self.before = before


class Module(Object):
    """An nn.Module instance. `children` are its registered submodules (None where one was set to None).

    `built` is the call that constructed it; `chain` the calls that led there, innermost first. `training` is True,
    False, or None where unknown; `switched` is the last change of it. `escaped`: code that we do not know had it in
    hand and may have changed it. `places`: where attributes that hold plain containers were assigned. `form` is
    "scripted" or "traced" for what torch.jit made of a module, `traced` the call that did. `hidden` stands for the
    BatchNorm layers of a model whose structure is not known. `deferred` is the export call that looks at the module
    when it is first called. `scope`: for a layer that normalises, the sizes that had a name where it was constructed.
    """

    __slots__ = (
        "built", "chain", "children", "deferred", "escaped", "form", "hidden", "places", "scope", "switched",
        "traced", "training",
    )  # fmt: skip

    def __init__(self, cls: Class, built: Node | None, born: int = 0) -> None:
        super().__init__(cls, born)
        self.children: dict[str, Value] = {}
        self.built = built
        self.chain: tuple[Node, ...] = ()
        self.training: bool | None = True
        self.escaped = False
        self.places: dict[str, Node] | None = None
        self.switched: Switch | None = None
        self.form = ""
        self.traced: Node | None = None
        self.hidden: Module | None = None
        self.deferred: Any = None
        self.scope: dict[str, Size] | None = None


class Bound:
    """A method with its object."""

    __slots__ = ("function", "receiver")

    def __init__(self, function: Value, receiver: Value) -> None:
        self.function = function
        self.receiver = receiver


class Partial:
    """functools.partial."""

    __slots__ = ("args", "function", "keywords")

    def __init__(self, function: Value, args: Arguments, keywords: Keywords) -> None:
        self.function = function
        self.args = args
        self.keywords = keywords


class Property:
    """A property, or with `cached` a functools.cached_property."""

    __slots__ = ("cached", "getter", "setter")

    def __init__(self, getter: Value, setter: Value = None, *, cached: bool = False) -> None:
        self.getter = getter
        self.setter = setter
        self.cached = cached


class StaticMethod:
    __slots__ = ("function",)

    def __init__(self, function: Value) -> None:
        self.function = function


class ClassMethod:
    __slots__ = ("function",)

    def __init__(self, function: Value) -> None:
        self.function = function


class Super:
    """`super()` in a method: attribute look-up starts after `after` in the order of the receiver's class."""

    __slots__ = ("after", "receiver")

    def __init__(self, after: Class, receiver: Value) -> None:
        self.after = after
        self.receiver = receiver


class Iterator:
    """An iterator, generator or view over known items."""

    __slots__ = ("items", "position")

    def __init__(self, items: list[Value]) -> None:
        self.items = items
        self.position = 0

    def rest(self) -> list[Value]:
        items = self.items[self.position :]
        self.position = len(self.items)
        return items


class View:
    """The keys, values or items of a dict. `pick` gives of a pair what the view is of."""

    __slots__ = ("mapping", "pick")

    def __init__(self, mapping: dict[Any, Value], pick: Callable[[tuple[Any, Value]], Value]) -> None:
        self.mapping = mapping
        self.pick = pick

    def items(self) -> list[Value]:
        return [self.pick(pair) for pair in self.mapping.items()]


class Namespace:
    """A library module that is not interpreted but known by table: `torch.nn`."""

    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        self.name = name

    def __repr__(self) -> str:
        return f"<namespace {self.name}>"


class Lazy:
    """A name bound by an import that has not been followed yet."""

    __slots__ = ("level", "module", "name")

    def __init__(self, module: str, level: int, name: str | None) -> None:
        self.module = module
        self.level = level
        self.name = name


class EnumMember(Object):
    """A member of an Enum class: `attrs` has `name` and `value`."""

    __slots__ = ()


def data_of(value: Value) -> Value:
    """The number or string that a member of an IntEnum, StrEnum or the like is; everything else as it is."""
    if isinstance(value, EnumMember) and any(base.native in (int, str) for base in value.cls.mro):
        return value.attrs.get("value")
    return value
