"""The abstract evaluator: one heap, one set of modules, and what it saw."""

from __future__ import annotations

import logging
from collections.abc import Callable, Generator, Hashable
from contextlib import contextmanager
from typing import Any

import bn_lint.model.attributes as attributes
import bn_lint.model.calls as calls
import bn_lint.model.stdlib as stdlib
from bn_lint.model import audit
from bn_lint.model import builtins as builtins_
from bn_lint.model.compiler import Statement, compiled, expression
from bn_lint.model.events import (
    WRONG,
    Applied,
    BuiltInForward,
    Constructed,
    Entry,
    Event,
    NoStatistics,
    OtherNorm,
    Renormalised,
    Shaped,
    Stopped,
    Verdict,
)
from bn_lint.model.frame import Abandoned, Cancelled, Frame, ModuleScope, Raised, stopped_at
from bn_lint.model.journal import Journal
from bn_lint.model.loader import Loader, ReadFile, ReadText
from bn_lint.model.modes import in_constructor
from bn_lint.model.path import Path
from bn_lint.model.repeats import CHANGEABLE, Alike, Repeats
from bn_lint.model.scopes import Scope
from bn_lint.model.sizes import sizes_in
from bn_lint.model.symbolic import Atoms, Size
from bn_lint.model.torch_ import (  # these enter what they know into the registry
    comparing,  # noqa: F401  # pyright: ignore[reportUnusedImport]
    containers,  # noqa: F401  # pyright: ignore[reportUnusedImport]
    layers,  # noqa: F401  # pyright: ignore[reportUnusedImport]
    leaving,  # noqa: F401  # pyright: ignore[reportUnusedImport]
    lightning,  # noqa: F401  # pyright: ignore[reportUnusedImport]
    misc,  # noqa: F401  # pyright: ignore[reportUnusedImport]
    norms,
    ready_made,
    settings,
    tensor_methods,  # noqa: F401  # pyright: ignore[reportUnusedImport]
    watching,
)
from bn_lint.model.torch_.module import MODULE, require_forward
from bn_lint.model.torch_.registry import lookup
from bn_lint.model.values import (
    MISSING,
    Class,
    Lazy,
    Module,
    Namespace,
    Object,
    Origin,
    Tensor,
    Unknown,
    Value,
)
from bn_lint.source.tree import Fragment, Node, Piece

_log = logging.getLogger(__name__)

_FUEL = 150_000
_NO_ENTRY = Entry("import", None)


class Evaluator:
    """Evaluates code of one set of files. `read` gives the file behind a path, None where there is none; `text`
    the text of a file that may never have to be parsed.

    `cancelled` is asked now and then; when it says yes, evaluation stops with `Cancelled`. With `tracing`, the
    shapes of statements are recorded too.
    """

    def __init__(
        self,
        read: ReadFile,
        cancelled: Callable[[], bool] = lambda: False,
        text: ReadText = lambda path: "",
    ) -> None:
        self.atoms = Atoms()
        self.journal = Journal()
        self.path = Path(self.atoms)
        self.loader = Loader(self, read, text)
        self.module_class = MODULE
        self.named_tuple_base = stdlib.NAMED_TUPLE
        self.patched: dict[str, Value] = {}
        self.epoch = 0
        self.entry = _NO_ENTRY
        self.events: dict[Hashable, Event] = {}
        self.path_number = 0
        self.stops: list[tuple[Entry, BaseException]] = []
        self.uses: dict[Module, list[Node]] = {}
        self.called: set[int] = set()
        # The models of the code's own classes that this run has built, parts before wholes.
        self.models: list[Module] = []
        # The tables in which an unknown key was looked up, by the name of the key.
        self.consulted: dict[str, dict[Any, Value]] = {}
        # How much was built, or would have been recorded, while nothing was: by imports.
        self.missed = 0
        self.unknowns = 0
        self.depth_of_examples = 0
        self.forwarding = False
        self.ran_at: Node | None = None
        self.gradless: list[Node] = []
        # What the `except` block that is running has caught.
        self.handled: Raised | None = None
        self.left: dict[Module, Node] = {}
        self.built_in_forward: list[tuple[Module, Module, BuiltInForward]] = []
        # Constructions that are known to repeat, and what those of this run have built, to be copied.
        self.alike: Alike = {}
        self.repeats = Repeats(self.alike)
        self.pieces_entered: set[Piece] = set()
        # The code that in this run was found to do more than initialise parameters, though by its name it might not.
        self.doing_more: set[Any] = set()
        self._cancelled = cancelled
        self.fuel = _FUEL
        self.recording: bool = False
        self.tracing = False
        # Whether to keep what only the report on coverage asks for: layers built, and what ended or blinded a run.
        self.surveying = False
        self.losses: list[tuple[Node, str]] = []
        self.fitting: set[Module] = set()

    # ---- bounds

    def spend(self) -> None:
        """Use up one unit of fuel. Raises Abandoned when there is none left."""
        self.fuel -= 1
        if self.fuel < 0:
            raise Abandoned("out of fuel")
        if not self.fuel & 1023:
            self.poll()

    def poll(self) -> None:
        """Raises Cancelled where nobody wants to know any more."""
        if self._cancelled():
            raise Cancelled

    def refuel(self, fuel: int = _FUEL) -> None:
        self.fuel = fuel

    def fuel_used(self, given: int) -> int:
        """How much of what a run was given it has used."""
        return given - max(self.fuel, 0)

    def abandon(self, reason: str) -> None:
        raise Abandoned(reason)

    def enter(self, piece: Piece) -> None:
        """Code of a piece is about to run: a function of it, or its top level if that does more than define things."""
        self.pieces_entered.add(piece)

    # ---- runs

    def run(self, entry: Entry, path: Path, body: Callable[[], None], fuel: int = _FUEL) -> None:
        """Run one entry along one path, recording what it does; the heap is as before afterwards."""
        self.entry, self.path = entry, path
        self.uses, self.called, self.unknowns = {}, set(), 0
        self.models, self.consulted, self.repeats, self.doing_more = [], {}, Repeats(self.alike), set()
        self.left, self.built_in_forward, self.gradless, self.forwarding = {}, [], [], False
        self.handled = None
        self.losses, self.fitting = [], set()
        self.epoch += 1
        self.fuel = fuel
        self.recording = True
        mark = self.journal.mark()
        try:
            body()
        except (Raised, Abandoned, RecursionError) as error:
            self.stops.append((entry, error))
        except Exception as error:
            # A defect of the evaluator costs this run, not the file: what was seen before it holds.
            _log.debug("evaluating %s failed", entry.text, exc_info=True)
            self.stops.append((entry, error))
            if self.surveying:
                self._trace_stop(error)
        finally:
            watching.finish(self)
            self.recording = False
            self.journal.roll_back(mark)
            self.path, self.entry = Path(self.atoms), _NO_ENTRY

    def _trace_stop(self, error: Exception) -> None:
        place = stopped_at(error)
        if place is not None:
            what = (
                f"raises {calls.name_of(error.kind)}"
                if isinstance(error, Raised)
                else str(error) or "nested too deeply"
            )
            self.record(("stopped", place), Stopped(at=place, **self.stamp(), reason=what))

    @contextmanager
    def importing(self) -> Generator[None]:
        """Run a module's top level: its effects stay, its decisions are its own, it reports nothing."""
        saved = self.path, self.fuel, self.recording, self.journal.paused
        self.path, self.fuel, self.recording = Path(self.atoms), _FUEL, False
        self.journal.paused = True
        self.epoch += 1
        try:
            yield
        finally:
            self.path, self.fuel, self.recording, self.journal.paused = saved
            # What was made from here on is not what the import made.
            self.epoch += 1

    def executable(self, piece: Piece) -> Statement:
        """The compiled top-level statements of a piece."""
        return compiled(piece.fragment)[0]

    def evaluate_text(self, f: Frame, text: str) -> Value:
        """eval(text) in the scope of a frame."""
        fragment = Fragment(text.strip() + "\n")
        if fragment.problem is not None or len(fragment.body) != 1 or fragment.body[0][0] != "expr":
            return Unknown("eval")
        scope = Scope("class", set(), None, set())  # reads locals first, then globals
        return expression(fragment.body[0][2], scope)(f)

    # ---- names

    def builtin(self, f: Frame, name: str) -> Value:
        found = builtins_.BUILTINS.get(name, MISSING)
        if found is MISSING:
            # Star imports of what we cannot see, exec, injected names: it may well exist.
            return Unknown(name)
        return found

    def resolve(self, scope: ModuleScope, lazy: Lazy) -> Value:
        """Follow an import."""
        name = self.loader.absolute(scope, lazy.module, lazy.level)
        module = self.loader.module(scope, name)
        if lazy.name is None:
            return module
        if isinstance(module, ModuleScope):
            if module is scope and scope.search:
                # A package that imports its own part: `from . import models`, `from package import models`.
                part = self.loader.find(f"{module.name}.{lazy.name}", scope.search)
                if part is not None:
                    return part
            return self.module_attribute(module, lazy.name)
        if isinstance(module, Namespace):
            return self.library(module.name, lazy.name)
        if isinstance(module, Unknown):
            # The module itself may be out of reach while `module.name` is a module we know.
            known = lookup(f"{name}.{lazy.name}")
            return module.part(lazy.name) if known is MISSING else known
        return attributes.find(Frame(self, scope, _NO_PIECE, {}), module, lazy.name)

    def module_attribute(self, scope: ModuleScope, name: str) -> Value:
        """module.name, running the module if that has not happened yet."""
        self.loader.run(scope)
        value = scope.vars.get(name, MISSING)
        if value.__class__ is Lazy:
            scope.vars[name] = Unknown(name)  # a cycle ends here
            value = scope.vars[name] = self.resolve(scope, value)
        if value is not MISSING:
            if value.__class__ in CHANGEABLE:
                self.repeats.note(value)
            return value
        submodule = self.loader.find(f"{scope.name}.{name}", scope.search) if scope.search else None
        if submodule is not None:
            return submodule
        return Unknown(f"{scope.name}.{name}")

    def ready_made(self, path: str) -> Value:
        """The function of a library out of reach, where it is known to give a model with BatchNorm; else None."""
        return ready_made.maker(path)

    def library(self, namespace: str, name: str) -> Value:
        """namespace.name of a library that is known by table."""
        qualified = f"{namespace}.{name}"
        if self.patched and qualified in self.patched:
            return self.patched[qualified]
        found = lookup(qualified)
        if found is not MISSING:
            return found
        return Namespace(qualified) if name.islower() and not name.startswith("_") else Unknown(qualified)

    def class_of_type(self, kind: type) -> Value:
        """One of Python's types as a base class."""
        found = _TYPE_CLASSES.get(kind)
        if found is None:
            found = _TYPE_CLASSES[kind] = Class(kind.__name__, [], {}, native=kind)
            found.opaque = issubclass(kind, BaseException)  # its attributes are not modelled
        return found

    def exception(self, kind: Value) -> Value:
        """What `except ... as name` binds where an exception of a kind was not raised by the code itself."""
        if not isinstance(kind, type | Class):
            return Unknown("exception")
        made = Object(kind if isinstance(kind, Class) else self.class_of_type(kind), self.epoch)
        made.attrs["args"] = (Unknown("message"),)
        return made

    def construct(self, f: Frame, kind: type, args: list[Value], keywords: dict[str, Value]) -> Value:
        return builtins_.construct(f, kind, args, keywords)

    # ---- modules and layers

    def built(self, f: Frame, module: Module) -> None:
        """A module's constructor has returned."""
        self.missed += not self.recording
        module.chain = f.chain()
        if self.recording and not in_constructor(f):
            audit.built(self, module)
        # A container in a variable of a script is a model as well.
        of_script = f.vars is f.module.vars and module.cls.qualified == "torch.nn.Sequential"
        if self.recording and (module.cls.node is not None or of_script):
            self.models.append(module)
        if norms.has_num_features(module.cls):
            module.scope = sizes_in(f)
        if self.recording and norms.is_batch_norm(module.cls):
            watching.built(f, module)
            settings.built(f, module)
        other = norms.is_other_norm(module.cls) or (module.cls.node is not None and not norms.is_batch_norm(module.cls))
        if module.built is not None and other and not self.seen(("other", module.built)):
            self.record(("other", module.built), OtherNorm(at=module.built, **self.stamp(), cls=module.cls))
        if self.surveying and module.built is not None and norms.is_batch_norm(module.cls):
            self.record(("built", module.built), Constructed(at=module.built, **self.stamp(), cls=module.cls))
        if module.attrs.get("track_running_stats") is False:
            self.without_statistics(module)

    def without_statistics(self, module: Module, removed: Node | None = None) -> None:
        """A module has no running statistics, or has lost them at a place."""
        if norms.is_batch_norm(module.cls) and module.built is not None:
            event = NoStatistics(at=module.built, **self.stamp(), cls=module.cls, removed=removed)
            self.record(("statistics", module.built), event)

    def halved(self, f: Frame, module: Module) -> None:
        """A module is cast to float16."""
        if self.recording:
            settings.halved(f, module)

    def forward(self, f: Frame, module: Module, args: list[Value], keywords: dict[str, Value]) -> Value:
        """module(*args): its forward method."""
        self.called.add(id(module))
        if self.forwarding:
            return calls.call(f, require_forward(f, module), args, keywords)
        self.forwarding, self.ran_at = True, f.place
        try:
            watching.before(f, module)
            result = calls.call(f, require_forward(f, module), args, keywords)
        finally:
            self.forwarding = False
        return watching.after(f, module, result)

    def switched_traced(self, f: Frame, module: Module, mode: bool | None) -> None:
        """eval() or train() is called on what torch.jit.trace gave."""
        watching.switched_traced(f, module, mode)

    def applied(
        self,
        f: Frame,
        verdict: Verdict,
        layer: Module,
        tensor: Tensor,
        declared: Value,
        received: Size | None,
        reason: str = "",
    ) -> None:
        """A layer with a channel count met a tensor."""
        if layer.built is None:
            return
        if self.surveying and verdict is Verdict.FITS:
            self.fitting.add(layer)
        if self.losses and verdict is Verdict.UNKNOWN:
            place, what = self.losses[-1]
            reason += f"; lost at line {place.line} of {place.path.name}, {what}"
        if not isinstance(declared, Hashable):
            declared = Unknown("declared")  # a list, say
        through = _through(layer, f.place)
        if verdict in WRONG and through is not None and _fed_by(tensor.origin, through):
            through = None
        key = (layer.built, verdict, declared, received, through)
        if self.recording and not self.seen(key):
            self.record(
                key,
                Applied(
                    at=layer.built,
                    **self.stamp(),
                    verdict=verdict,
                    cls=layer.cls,
                    chain=layer.chain,
                    used=f.place,
                    declared=declared,
                    received=received,
                    dims=tensor.dims,
                    origin=tensor.origin,
                    reason=reason,
                    scope=layer.scope,
                    through=through,
                ),
            )

    def normalised(self, f: Frame, layer: Module, tensor: Tensor) -> None:
        """A BatchNorm is applied to a tensor."""
        if not self.recording or layer.built is None:
            return
        self.uses.setdefault(layer, []).append(f.place)
        if tensor.norm is not None:
            event = Renormalised(at=layer.built, **self.stamp(), cls=layer.cls, used=f.place, first=tensor.norm)
            self.record(("renormalised", layer.built), event)

    def shaped(self, f: Frame, number: int, tensor: Tensor) -> None:
        """A statement gave a tensor."""
        if self.tracing and self.recording and tensor.dims is not None:
            at = Node(f.piece, number)
            self.record(("shaped", at, tensor.dims), Shaped(at=at, **self.stamp(), dims=tensor.dims))

    # ---- what was seen

    def stamp(self) -> dict[str, Any]:
        """What every event says about the run it happened in."""
        return {"entry": self.entry, "path": self.path_number, "decisions": self.path.decisions}

    def seen(self, key: Hashable) -> bool:
        """Whether this run has already recorded an event with a key."""
        return (self.path_number, key) in self.events

    def record(self, key: Hashable, event: Event) -> None:
        """Keep an event; the first with a key in each run."""
        if self.recording:
            self.events.setdefault((self.path_number, key), event)
        else:
            self.missed += 1

    def note_unknown_call(self, f: Frame, name: str, args: list[Value], keywords: dict[str, Value]) -> None:
        """Something unknown was called."""
        self.unknowns += 1
        if self.surveying and any(isinstance(value, Tensor) for value in (*args, *keywords.values())):
            self.losses.append((f.place, f"call of {name}"))


def _through(layer: Module, used: Node) -> Node | None:
    """The call in the file where a layer is used that led to its construction in another file."""
    file = used.piece.file
    if layer.built is None or layer.built.piece.file is file:
        return None
    return next((node for node in layer.chain if node.piece.file is file), None)


def _fed_by(origin: Origin | None, call: Node) -> bool:
    """Whether a call led to the construction of the layers that made the channels."""
    while origin is not None and origin.built is None and len(origin.parents) == 1:
        origin = origin.parents[0]
    return origin is not None and call in origin.chain


_TYPE_CLASSES: dict[type, Class] = {}
_NO_PIECE: Any = None
