"""How far rounding alone can take the answers of one model: measured by random rounding (Monte Carlo arithmetic).

The model is run several times, every operand of every product with a relative error as large as the data type's unit
roundoff. A compiled model that differs only in how it rounds is one more draw of the same distribution.
"""

from __future__ import annotations

import importlib
import math
from typing import Any

from .inputs import Inputs

torch: Any = importlib.import_module("torch")

# Unit roundoffs: half the distance from 1 to the next number.
FLOAT32, TF32 = 2.0**-24, 2.0**-11

_RUNS = 8
# Student's t of 7 degrees of freedom: one draw in 100,000 is larger. A model has three comparisons or more.
_STUDENT = 10.1

_PRODUCTS = ("convolution", "addmm", "mm", "bmm", "baddbmm", "linear", "_scaled_dot_product")


def bounds(root: Any, inputs: Inputs, reference: list[Any], roundoff: float) -> list[float]:
    """For each output, what the largest difference that rounding makes exceeds in one of 100,000 draws.

    `roundoff` is that of the operands of products; what is added up is float32. The largest differences of the runs are
    taken as log-normal: errors multiply on their way through the layers. Infinite where a run is not finite; 0 where
    the model does not run that way.
    """
    from .compare import flatten

    runs: list[list[float]] = []
    try:
        for seed in range(_RUNS):
            with torch.no_grad(), _mode()(seed, roundoff):
                answers = flatten(root(*inputs.args, **inputs.kwargs))
            runs.append([_largest(a, b) for a, b in zip(reference, answers, strict=True)])
    except Exception:
        return [0.0] * len(reference)
    return [_beyond(list(draws)) for draws in zip(*runs, strict=True)]


def _largest(reference: Any, answer: Any) -> float:
    a, b = reference.detach().double(), answer.detach().double().to(reference.device)
    well = torch.isfinite(a)
    return float((a - b)[well].abs().max()) if well.any() else 0.0


def _beyond(draws: list[float]) -> float:
    """The upper limit for one more draw."""
    if not all(map(math.isfinite, draws)):
        return math.inf
    if min(draws) <= 0.0:
        return max(draws)
    logarithms = [math.log(draw) for draw in draws]
    mean = sum(logarithms) / len(draws)
    spread = math.sqrt(sum((x - mean) ** 2 for x in logarithms) / (len(draws) - 1))
    return math.exp(mean + _STUDENT * spread * math.sqrt(1 + 1 / len(draws)))


def _mode() -> Any:
    base: Any = importlib.import_module("torch.utils._python_dispatch").TorchDispatchMode

    class Noise(base):
        """Gives the operands of products a random relative error."""

        def __init__(self, seed: int, roundoff: float) -> None:
            base.__init__(self)
            self._seed = seed
            self._roundoff = roundoff
            self._generators: dict[Any, Any] = {}

        def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
            name = func.overloadpacket.__name__
            if any(name == product or name.startswith("_scaled_dot") for product in _PRODUCTS):
                # A sum of n products in float32 rounds n times: an error of sqrt(n) roundoffs of its terms (Higham and
                # Mary 2019). The roundings of the operands themselves may be larger.
                second = args[2] if name in ("addmm", "baddbmm") else args[1]
                terms = second[0].numel() if "conv" in name else second.shape[-2 if name.endswith("mm") else -1]
                error = math.hypot(self._roundoff, FLOAT32 * math.sqrt(max(1, terms)))
                args = tuple(self._with_error(a, error) for a in args)
            return func(*args, **(kwargs or {}))

        def _with_error(self, value: Any, error: float) -> Any:
            if not isinstance(value, torch.Tensor) or not value.is_floating_point():
                return value
            if value.device not in self._generators:
                self._generators[value.device] = torch.Generator(value.device).manual_seed(self._seed)
            generator = self._generators[value.device]
            drawn = torch.rand(value.shape, generator=generator, device=value.device, dtype=torch.float32)
            return value * (1 + error * (2 * drawn - 1)).to(value.dtype)

    return Noise
