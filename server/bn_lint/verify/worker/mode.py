"""BatchNorm layers that normalise with the statistics of the batch, where the running ones are meant."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Generator, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .findings import Finding, describe
from .places import Place
from .record import Model, class_name, is_batchnorm, recording_constructors
from .target import Captured

if TYPE_CHECKING:
    from .pipeline import Run

torch: Any = importlib.import_module("torch")


def report_captured(run: Run, captured: Captured) -> bool:
    """Report a model that an export call was given in training mode; says whether it was."""
    layers = [layer for layer, module in run.model.modules() if is_batchnorm(module)]
    training = [layer for layer, module in run.model.modules() if is_batchnorm(module) and module.training]
    if not training or captured.own_eval:
        return False
    text = (
        f"{captured.function} gets the model in training mode: {len(training)} of {len(layers)} BatchNorm layers, "
        f"`{training[0].path}` the first; call .eval() on the model before this line"
    )
    run.report(Finding("BN906", "import", text, text, training[0].path, place=captured.place))
    return True


_TEXTS = {
    "made in forward": "{name} is built inside forward: whenever it runs it is in training mode, with fresh statistics"
    "{many}",
    "unregistered": "{name} stays in training mode after model.eval(): a plain list, tuple or dict holds it, so it is "
    "not a submodule{many}; use nn.ModuleList or nn.ModuleDict",
    "kept in training mode": "{described} stays in training mode after model.eval(): some train() or eval() of the "
    "model leaves it out{many}",
    "functional": "batch_norm runs with training=True after model.eval(): it normalises with the batch's statistics",
}


@dataclass(frozen=True)
class _Use:
    kind: str
    cls: str
    path: str | None
    built: tuple[Place, ...]
    called: tuple[Place, ...]


class Watch:
    """Watches one run in eval mode for normalisation that is not in eval mode."""

    def __init__(self, model: Model) -> None:
        self._model = model
        self._uses: dict[object, _Use] = {}
        self._inside = 0

    def forget(self) -> None:
        """Start anew."""
        self._uses.clear()

    @contextmanager
    def running(self) -> Generator[None]:
        """Watch what runs inside."""
        new: list[int] = []
        modules = torch.nn.modules.module
        with ExitStack() as stack:
            stack.enter_context(recording_constructors(self._model.files, lambda module, _: new.append(id(module))))

            def entering(module: Any, args: Any) -> None:
                self._before(module, new)

            before = modules.register_module_forward_pre_hook(entering)
            stack.callback(before.remove)
            after = modules.register_module_forward_hook(self._after, always_call=True)
            stack.callback(after.remove)
            stack.enter_context(_functional(self._functional))
            yield

    def _before(self, module: Any, new: list[int]) -> None:
        if not is_batchnorm(module):
            return
        self._inside += 1
        if not module.training:
            return
        path = self._model.path_of(module)
        built = self._model.layers[path].built if path is not None else module.__dict__.get("_bn_lint_built", ())
        kind = "made in forward" if id(module) in new else "unregistered" if path is None else "kept in training mode"
        called = self._model.called_from(sys._getframe(2))
        # A layer that forward makes anew is one finding, however often it is made.
        key: object = (built[:1], kind) if kind == "made in forward" else id(module)
        self._uses.setdefault(key, _Use(kind, class_name(module), path, built, called))
        if path is None and called:
            self._model.strays.setdefault((called[0].file, called[0].line), built)

    def _after(self, module: Any, args: Any, output: Any) -> None:
        if is_batchnorm(module):
            self._inside = max(0, self._inside - 1)

    def _functional(self) -> None:
        if self._inside:
            return
        called = self._model.called_from(sys._getframe(2))
        if called:
            self._uses.setdefault(("functional", called[0]), _Use("functional", "", None, (), called))

    def findings(self) -> Iterator[Finding]:
        """What was seen."""
        groups: dict[tuple[str, tuple[Place, ...]], list[_Use]] = {}
        for use in self._uses.values():
            groups.setdefault((use.kind, use.built[:1] or use.called[:1]), []).append(use)
        for (kind, _), uses in groups.items():
            use = uses[0]
            name = use.cls.removeprefix("torch.nn.")
            many = f" ({len(uses)} layers)" if len(uses) > 1 else ""
            text = _TEXTS[kind].format(name=name, many=many, described=describe(self._model, use.path))
            finding = Finding("BN906", "eager", text, text, use.path, forward=use.called, constructor=use.built)
            finding.cls = use.cls or None
            if kind in ("unregistered", "made in forward"):
                files = self._model.files
                finding.place = next((p for p in use.built if files.is_users(p.file)), None)
            yield finding


@contextmanager
def _functional(seen: Any) -> Generator[None]:
    """Call `seen` for every batch_norm that asks for the statistics of the batch although it has running ones."""

    def wrap(original: Any) -> Any:
        def batch_norm(*args: Any, **kwargs: Any) -> Any:
            training = args[5] if len(args) > 5 else kwargs.get("training", False)
            if training is True:
                seen()
            return original(*args, **kwargs)

        return batch_norm

    functional = torch.nn.functional
    original = functional.batch_norm
    functional.batch_norm = wrap(original)
    try:
        yield
    finally:
        functional.batch_norm = original
