"""Comparisons of two results, by which people find out whether an export is right."""

from __future__ import annotations

from bn_lint.model.events import ReferenceInTrainMode
from bn_lint.model.frame import Frame
from bn_lint.model.torch_.registry import LIBRARY, register
from bn_lint.model.values import Native, Tensor, Unknown, Value

_COMPARISONS = (
    "torch.allclose",
    "torch.isclose",
    "torch.testing.assert_close",
    "torch.testing.assert_allclose",
    "numpy.allclose",
    "numpy.isclose",
    "numpy.testing.assert_allclose",
    "numpy.testing.assert_almost_equal",
    "numpy.testing.assert_array_almost_equal",
)
_GIVE_TENSORS = ("torch.isclose", "numpy.isclose")


def _compare(name: str) -> Native:
    def body(f: Frame, args: list[Value], keywords: dict[str, Value]) -> Value:
        pair = [*args, *keywords.values()][:2]
        for reference, other in (pair, pair[::-1]) if len(pair) == 2 else ():
            if isinstance(reference, Tensor) and reference.run is not None and isinstance(other, Unknown):
                model, ran = reference.run
                exported = f.ev.left.get(model)
                if exported is not None:
                    event = ReferenceInTrainMode(at=f.place, **f.ev.stamp(), cls=model.cls, ran=ran, exported=exported)
                    f.ev.record(("reference", f.place), event)
        return Tensor(None) if name in _GIVE_TENSORS else Unknown("close") if "assert" not in name else None

    return Native(name, body)


for _name in _COMPARISONS:
    if _name not in LIBRARY:
        register(_name, _compare(_name))
