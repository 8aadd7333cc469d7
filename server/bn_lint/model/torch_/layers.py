"""Layers of torch.nn other than normalisation and containers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from bn_lint.model import symbolic
from bn_lint.model.events import BEHIND_A_MISTAKE, Verdict
from bn_lint.model.frame import Frame, Raised
from bn_lint.model.symbolic import Size, fresh, is_doubtful
from bn_lint.model.torch_ import functions
from bn_lint.model.torch_.module import MODULE
from bn_lint.model.torch_.registry import function, layer, register
from bn_lint.model.torch_.shapes import (
    combine,
    different,
    equal,
    integers,
    is_size,
    like,
    pooled,
    product,
    refine,
    size_or_fresh,
    unknown_dims,
)
from bn_lint.model.values import MISSING, Class, Module, Native, Origin, Tensor, Unknown, Value


def _origin(f: Frame, module: Module, channels: Size) -> Origin:
    return Origin(module.cls.name, channels, module.built, f.place, (), module.chain)


# ---- convolutions

_CONV = (
    "in_channels, out_channels, kernel_size, stride=1, padding=0, dilation=1, groups=1, bias=True,"
    " padding_mode='zeros', device=None, dtype=None"
)
_CONV_TRANSPOSE = (
    "in_channels, out_channels, kernel_size, stride=1, padding=0, output_padding=0, groups=1, bias=True,"
    " dilation=1, padding_mode='zeros', device=None, dtype=None"
)


def _feature_map(
    f: Frame, module: Module, input: Value, count: int, declared: Value
) -> tuple[tuple[Size, ...], tuple[Size, ...]]:
    """The batch axis (none for unbatched input) and the spatial axes of the input of a convolution.

    The channel axis is checked against `declared`.
    """
    tensor = input if isinstance(input, Tensor) else Tensor(None)
    dims = tensor.dims
    if dims is None:
        f.ev.applied(f, Verdict.UNKNOWN, module, tensor, declared, None, "rank of the input is not known")
        dims = unknown_dims(count + 2)
        if is_size(declared):
            refine(tensor, (dims[0], declared, *dims[2:]))
        return dims[:1], dims[2:]
    batch = len(dims) - count - 1
    if batch not in (0, 1):
        f.ev.applied(f, Verdict.WRONG_RANK, module, tensor, declared, None)
        raise Raised(RuntimeError)
    received = f.ev.path.size(dims[batch])
    _judge(f, module, tensor, declared, received)
    return dims[:batch], dims[batch + 1 :]


def _judge(f: Frame, module: Module, tensor: Tensor, declared: Value, received: Any) -> None:
    """Record whether a layer can take what it receives."""
    verdict, reason = Verdict.UNKNOWN, ""
    if is_doubtful(received):
        reason = BEHIND_A_MISTAKE
    elif equal(f, declared, received):
        verdict = Verdict.FITS
    elif different(f, declared, received) and not module.escaped:
        verdict = Verdict.WRONG_CHANNELS
    f.ev.applied(f, verdict, module, tensor, declared, received, reason)


def _conv_forward(count: int) -> Any:
    def forward(f: Frame, module: Module, input: Value) -> Value:
        attrs = module.attrs
        batch, space = _feature_map(f, module, input, count, f.ev.path.width(attrs["in_channels"]))
        kernel, stride, dilation = (integers(f, attrs[name], count) for name in ("kernel_size", "stride", "dilation"))
        padding = attrs["padding"]
        if padding == "same":
            spatial = list(space)
        else:
            paddings = [0] * count if padding == "valid" else integers(f, padding, count)
            spatial = [pooled(f, space[i], kernel[i], stride[i], paddings[i], dilation[i]) for i in range(count)]
        channels = size_or_fresh(f, f.ev.path.width(attrs["out_channels"]), "C")
        return Tensor((*batch, channels, *spatial), channel=len(batch), origin=_origin(f, module, channels))

    return forward


def _transposed_forward(count: int) -> Any:
    def forward(f: Frame, module: Module, input: Value, output_size: Value) -> Value:
        attrs = module.attrs
        batch, space = _feature_map(f, module, input, count, f.ev.path.width(attrs["in_channels"]))
        names = ("kernel_size", "stride", "padding", "output_padding", "dilation")
        kernel, stride, padding, extra, dilation = (integers(f, attrs[name], count) for name in names)
        spatial: list[Size] = []
        for i in range(count):
            numbers = (kernel[i], stride[i], padding[i], extra[i], dilation[i])
            if output_size is not None or not all(isinstance(n, int) for n in numbers):
                spatial.append(fresh("n"))
                continue
            size = combine(f, "*", symbolic.add(space[i], -1), stride[i])
            rest = dilation[i] * (kernel[i] - 1) - 2 * padding[i] + extra[i] + 1
            spatial.append(symbolic.add(size, rest))
        channels = size_or_fresh(f, f.ev.path.width(attrs["out_channels"]), "C")
        return Tensor((*batch, channels, *spatial), channel=len(batch), origin=_origin(f, module, channels))

    return forward


def _has_no_bias(module: Module) -> bool:
    given: dict[str, Value] = module.payload or {}
    return given.get("bias") is False


def _conv_weight(transposed: bool, count: int) -> Any:
    def derived(f: Frame, module: Module, name: str) -> Value:
        if name not in ("weight", "bias"):
            return MISSING
        attrs = module.attrs
        out = attrs.get("out_channels")
        if name == "bias":
            if _has_no_bias(module):
                return None
            return Tensor((out,)) if is_size(out) else Tensor(None)
        into, groups = attrs.get("in_channels"), attrs.get("groups")
        if not (is_size(out) and is_size(into) and is_size(groups)):
            return Tensor(None)
        first, second = (into, out) if transposed else (out, into)
        kernel = [size_or_fresh(f, k) for k in integers(f, attrs.get("kernel_size"), count)]
        return Tensor((first, combine(f, "//", second, groups), *kernel))

    return derived


CONVS: list[Class] = []
for _count in (1, 2, 3):
    CONVS.append(
        layer(f"torch.nn.Conv{_count}d", _CONV, _conv_forward(_count), base=MODULE, native="Conv",
              derived=_conv_weight(False, _count), axes=_count),
    )  # fmt: skip
    CONVS.append(
        layer(f"torch.nn.ConvTranspose{_count}d", _CONV_TRANSPOSE, _transposed_forward(_count), base=MODULE,
              native="Conv", derived=_conv_weight(True, _count), inputs="input, output_size=None", axes=_count),
    )  # fmt: skip


def _lazy_conv(count: int) -> Any:
    def forward(f: Frame, module: Module, input: Value) -> Value:
        tensor = input if isinstance(input, Tensor) else Tensor(None)
        module.attrs.setdefault("in_channels", Unknown("in_channels"))
        return _conv_forward(count)(f, module, tensor)

    return forward


for _count in (1, 2, 3):
    layer(
        f"torch.nn.LazyConv{_count}d",
        _CONV.removeprefix("in_channels, "),
        _lazy_conv(_count),
        base=MODULE,
        native="Conv",
    )


# ---- linear and embedding


def _linear_forward(f: Frame, module: Module, input: Value) -> Value:
    attrs = module.attrs
    out = size_or_fresh(f, f.ev.path.width(attrs["out_features"]), "C")
    return _linear(f, module, input, out, f.ev.path.width(attrs.get("in_features")))


@function("input, weight, bias=None", "torch.nn.functional.linear")
def _functional_linear(f: Frame, input: Value, weight: Value, bias: Value) -> Value:
    if not isinstance(weight, Tensor) or weight.dims is None or len(weight.dims) != 2:
        return Tensor(None)
    # In the forward of a Linear of the code's own, it is that layer which fits or does not.
    return _linear(f, weight.owner, input, *weight.dims)


def _linear(f: Frame, module: Module | None, input: Value, out: Size, declared: Value) -> Value:
    tensor = input if isinstance(input, Tensor) else Tensor(None)
    if tensor.dims == ():
        raise Raised(RuntimeError)
    received = tensor.last if tensor.dims is None else f.ev.path.size(tensor.dims[-1])
    if module is not None and received is not None:
        _judge(f, module, tensor, declared, received)
    origin = None if module is None else _origin(f, module, out)
    if tensor.dims is None:
        return Tensor(None, last=out, origin=origin)
    return Tensor((*tensor.dims[:-1], out), channel=len(tensor.dims) - 1, origin=origin)


def _linear_weight(f: Frame, module: Module, name: str) -> Value:
    out: Value = module.attrs.get("out_features")
    into: Value = module.attrs.get("in_features")
    if name == "weight":
        return Tensor((out, into), owner=module) if is_size(out) and is_size(into) else Tensor(None)
    if name == "bias":
        return None if _has_no_bias(module) else Tensor((out,)) if is_size(out) else Tensor(None)
    return MISSING


LINEAR = layer("torch.nn.Linear", "in_features, out_features, bias=True, device=None, dtype=None", _linear_forward,
               base=MODULE, native="Linear", derived=_linear_weight)  # fmt: skip
register("torch.nn.modules.linear.NonDynamicallyQuantizableLinear", LINEAR)
layer(
    "torch.nn.LazyLinear",
    "out_features, bias=True, device=None, dtype=None",
    _linear_forward,
    base=MODULE,
    native="Linear",
)


def _bilinear_forward(f: Frame, module: Module, input1: Value, input2: Value) -> Value:
    out = size_or_fresh(f, module.attrs["out_features"], "C")
    if isinstance(input1, Tensor) and input1.dims:
        return Tensor((*input1.dims[:-1], out), channel=len(input1.dims) - 1, origin=_origin(f, module, out))
    return Tensor(None, last=out)


layer("torch.nn.Bilinear", "in1_features, in2_features, out_features, bias=True, device=None, dtype=None",
      _bilinear_forward, base=MODULE, inputs="input1, input2")  # fmt: skip


def _embedding_forward(f: Frame, module: Module, input: Value) -> Value:
    out = size_or_fresh(f, module.attrs["embedding_dim"], "C")
    if isinstance(input, Tensor) and input.dims is not None:
        return Tensor((*input.dims, out), channel=len(input.dims), origin=_origin(f, module, out))
    return Tensor(None, last=out)


def _embedding_weight(f: Frame, module: Module, name: str) -> Value:
    sizes = (module.attrs.get("num_embeddings"), module.attrs.get("embedding_dim"))
    return Tensor(tuple(size_or_fresh(f, s) for s in sizes)) if name == "weight" else MISSING


layer("torch.nn.Embedding",
      "num_embeddings, embedding_dim, padding_idx=None, max_norm=None, norm_type=2.0, scale_grad_by_freq=False,"
      " sparse=False, _weight=None, _freeze=False, device=None, dtype=None",
      _embedding_forward, base=MODULE, derived=_embedding_weight)  # fmt: skip


# ---- pooling and resizing


def _pools(count: int) -> None:
    def max_pool(f: Frame, module: Module, input: Value) -> Value:
        a = module.attrs
        out = functions.pool(
            f, input, a["kernel_size"], a["stride"], a["padding"], a["dilation"], a["ceil_mode"], count
        )
        return (out, Tensor(None)) if a["return_indices"] is True else out

    def avg_pool(f: Frame, module: Module, input: Value) -> Value:
        a = module.attrs
        return functions.pool(f, input, a["kernel_size"], a["stride"], a["padding"], 1, a["ceil_mode"], count)

    def adaptive(f: Frame, module: Module, input: Value) -> Value:
        out = functions.adaptive(f, input, module.attrs["output_size"], count)
        return (out, Tensor(None)) if module.attrs.get("return_indices") is True else out

    def unpool(f: Frame, module: Module, input: Value, indices: Value, output_size: Value) -> Value:
        if not isinstance(input, Tensor) or input.dims is None:
            return Tensor(None)
        spatial = (fresh("n") for _ in range(count))
        return Tensor((*input.dims[:-count], *spatial), channel=input.channel, origin=input.origin)

    def lp_pool(f: Frame, module: Module, input: Value) -> Value:
        kernel, stride, ceil = (module.attrs[name] for name in ("kernel_size", "stride", "ceil_mode"))
        return functions.pool(f, input, kernel, stride, 0, 1, ceil, count)

    nn = "torch.nn."
    layer(
        f"{nn}MaxPool{count}d",
        "kernel_size, stride=None, padding=0, dilation=1, return_indices=False, ceil_mode=False",
        max_pool,
        base=MODULE,
    )
    layer(
        f"{nn}AvgPool{count}d",
        "kernel_size, stride=None, padding=0, ceil_mode=False, count_include_pad=True, divisor_override=None",
        avg_pool,
        base=MODULE,
    )
    layer(
        f"{nn}LPPool{count}d",
        "norm_type, kernel_size, stride=None, ceil_mode=False",
        lp_pool,
        base=MODULE,
    )
    for kind in ("Avg", "Max"):
        layer(f"{nn}Adaptive{kind}Pool{count}d", "output_size, return_indices=False", adaptive, base=MODULE)
    layer(f"{nn}MaxUnpool{count}d", "kernel_size, stride=None, padding=0", unpool, base=MODULE,
          inputs="input, indices, output_size=None")  # fmt: skip
    for kind in ("Zero", "Reflection", "Replication", "Circular"):
        layer(f"{nn}{kind}Pad{count}d", "padding", _pad_forward(count), base=MODULE)
    layer(f"{nn}ConstantPad{count}d", "padding, value=0", _pad_forward(count), base=MODULE)


def _pad_forward(count: int) -> Any:
    def forward(f: Frame, module: Module, input: Value) -> Value:
        padding = f.ev.path.size(module.attrs["padding"])
        if is_size(padding):
            padding = [padding] * (2 * count)
        return functions.pad(f, input, padding, "constant", None)

    return forward


for _count in (1, 2, 3):
    _pools(_count)


def _upsample(f: Frame, module: Module, input: Value) -> Value:
    return functions.interpolate(f, input, module.attrs.get("size"), module.attrs.get("scale_factor"))


layer(
    "torch.nn.Upsample",
    "size=None, scale_factor=None, mode='nearest', align_corners=None, recompute_scale_factor=None",
    _upsample,
    base=MODULE,
)
for _name in ("UpsamplingNearest2d", "UpsamplingBilinear2d"):
    layer(f"torch.nn.{_name}", "size=None, scale_factor=None", _upsample, base=MODULE)


# ---- reshaping


def _applies(function: Callable[..., Value], *names: str) -> Callable[[Frame, Module, Value], Value]:
    """The forward of a layer that calls a function with its input and some of its own attributes."""

    def forward(f: Frame, module: Module, input: Value) -> Value:
        return function(f, input, *(f.ev.path.size(module.attrs[name]) for name in names))

    return forward


layer(
    "torch.nn.Flatten",
    "start_dim=1, end_dim=-1",
    _applies(functions.flatten, "start_dim", "end_dim"),
    base=MODULE,
)
layer(
    "torch.nn.Unflatten",
    "dim, unflattened_size",
    _applies(functions.unflatten, "dim", "unflattened_size"),
    base=MODULE,
)
layer(
    "torch.nn.PixelShuffle",
    "upscale_factor",
    _applies(functions.pixel_shuffle, "upscale_factor"),
    base=MODULE,
)
layer(
    "torch.nn.PixelUnshuffle",
    "downscale_factor",
    _applies(functions.pixel_unshuffle, "downscale_factor"),
    base=MODULE,
)
layer(
    "torch.nn.Unfold",
    "kernel_size, dilation=1, padding=0, stride=1",
    _applies(functions.unfold, "kernel_size", "dilation", "padding", "stride"),
    base=MODULE,
)


def _fold(f: Frame, module: Module, input: Value) -> Value:
    if not isinstance(input, Tensor) or input.dims is None or len(input.dims) != 3:
        return Tensor(unknown_dims(4))
    kernels = [size_or_fresh(f, k) for k in integers(f, module.attrs["kernel_size"], 2)]
    sizes = [size_or_fresh(f, s) for s in integers(f, module.attrs["output_size"], 2)]
    channels = symbolic.divide_exactly(input.dims[1], product(f, kernels))
    return Tensor((input.dims[0], fresh("C") if channels is None else channels, *sizes), channel=1)


layer("torch.nn.Fold", "output_size, kernel_size, dilation=1, padding=0, stride=1", _fold, base=MODULE)


# ---- recurrent and attention


def _recurrent(f: Frame, module: Module, input: Value, hx: Value) -> Value:
    attrs = module.attrs
    hidden = f.ev.path.size(attrs.get("hidden_size"))
    projected = f.ev.path.size(attrs.get("proj_size", 0))
    twice = f.ev.path.size(attrs.get("bidirectional"))
    if not is_size(hidden) or not isinstance(twice, bool) or projected not in (0, None):
        return (Tensor(None), Unknown("state"))
    out = combine(f, "*", hidden, 2) if twice else hidden
    if isinstance(input, Tensor) and input.dims is not None:
        if len(input.dims) not in (2, 3):
            raise Raised(RuntimeError)
        lead = input.dims[:-1]
    else:
        # A batch of sequences, or one.
        lead = unknown_dims(2 if f.ev.path.rank((f.piece, f.at)) else 1)
    depth = combine(f, "*", size_or_fresh(f, attrs.get("num_layers")), 2 if twice else 1)
    batch = () if len(lead) == 1 else lead[:1] if attrs.get("batch_first") is True else lead[1:]
    state = Tensor((depth, *batch, hidden), channel=len(batch) + 1, origin=_origin(f, module, hidden))
    output = Tensor((*lead, out), channel=len(lead), origin=_origin(f, module, out))
    return output, _state(module, state)


def _state(module: Module, state: Tensor) -> Value:
    """What a recurrent layer carries on: two tensors for an LSTM, one for the others."""
    return (state, like(state)) if any(cls.name.startswith("LSTM") for cls in module.cls.mro) else state


_RECURRENT = (
    "input_size, hidden_size, num_layers=1, bias=True, batch_first=False, dropout=0.0, bidirectional=False,"
    " proj_size=0, device=None, dtype=None, *, nonlinearity='tanh'"
)
for _name in ("LSTM", "GRU", "RNN"):
    _class = layer(f"torch.nn.{_name}", _RECURRENT, _recurrent, base=MODULE, inputs="input, hx=None")
    _class.members["flatten_parameters"] = Native("flatten_parameters", lambda f, args, keywords: None)


def _cell(f: Frame, module: Module, input: Value, hx: Value) -> Value:
    hidden = f.ev.path.size(module.attrs.get("hidden_size"))
    if not is_size(hidden) or not isinstance(input, Tensor) or input.dims is None:
        return Unknown("state")
    lead = input.dims[:-1]
    return _state(module, Tensor((*lead, hidden), channel=len(lead), origin=_origin(f, module, hidden)))


for _name in ("LSTMCell", "GRUCell", "RNNCell"):
    layer(f"torch.nn.{_name}", "input_size, hidden_size, bias=True, device=None, dtype=None", _cell, base=MODULE,
          inputs="input, hx=None")  # fmt: skip


def _attention(f: Frame, module: Module, query: Value, *rest: Value) -> Value:
    return (like(query) if isinstance(query, Tensor) else Tensor(None), Tensor(None))


layer(
    "torch.nn.MultiheadAttention",
    "embed_dim, num_heads, dropout=0.0, bias=True, add_bias_kv=False, add_zero_attn=False, kdim=None, vdim=None,"
    " batch_first=False, device=None, dtype=None",
    _attention,
    base=MODULE,
    inputs="query, key, value, key_padding_mask=None, need_weights=True, attn_mask=None, average_attn_weights=True,"
    " is_causal=False",
)


def _same(f: Frame, module: Module, input: Value, *rest: Value) -> Value:
    return like(input) if isinstance(input, Tensor) else Tensor(None)


_TRANSFORMER = (
    "d_model, nhead, dim_feedforward=2048, dropout=0.1, activation=None, layer_norm_eps=1e-05, batch_first=False,"
    " norm_first=False, bias=True, device=None, dtype=None"
)
_DECODER_INPUTS = (
    "tgt, *rest, memory=None, tgt_mask=None, memory_mask=None, tgt_key_padding_mask=None, memory_key_padding_mask=None,"
    " tgt_is_causal=None, memory_is_causal=False"
)
layer(
    "torch.nn.TransformerEncoderLayer",
    _TRANSFORMER,
    _same,
    base=MODULE,
    inputs="src, *rest, src_mask=None, src_key_padding_mask=None, is_causal=False",
)
layer(
    "torch.nn.TransformerDecoderLayer",
    _TRANSFORMER,
    _same,
    base=MODULE,
    inputs=_DECODER_INPUTS,
)
layer(
    "torch.nn.TransformerEncoder",
    "encoder_layer, num_layers, norm=None, enable_nested_tensor=True, mask_check=True",
    _same,
    base=MODULE,
    inputs="src, *rest, mask=None, src_key_padding_mask=None, is_causal=None",
)
layer(
    "torch.nn.TransformerDecoder",
    "decoder_layer, num_layers, norm=None",
    _same,
    base=MODULE,
    inputs=_DECODER_INPUTS,
)


# ---- shape kept

_KEEP = {
    "": "Identity",
    "inplace=False": "ReLU ReLU6 SiLU Mish Hardswish Hardsigmoid SELU",
    "p=0.5, inplace=False": "Dropout Dropout1d Dropout2d Dropout3d AlphaDropout FeatureAlphaDropout",
    "*rest": "Sigmoid Tanh Softsign Tanhshrink LogSigmoid Softmax2d",
    "negative_slope=0.01, inplace=False": "LeakyReLU",
    "alpha=1.0, inplace=False": "ELU CELU",
    "approximate='none'": "GELU",
    "dim=None": "Softmax LogSoftmax Softmin",
    "num_parameters=1, init=0.25, device=None, dtype=None": "PReLU",
    "min_val=-1.0, max_val=1.0, inplace=False, min_value=None, max_value=None": "Hardtanh",
    "beta=1.0, threshold=20.0": "Softplus",
    "lambd=0.5": "Softshrink Hardshrink",
    "lower=0.125, upper=0.333, inplace=False": "RReLU",
    "threshold, value, inplace=False": "Threshold",
    "groups": "ChannelShuffle",
}  # fmt: skip
for _signature, _names in _KEEP.items():
    for _name in _names.split():
        layer(f"torch.nn.{_name}", _signature, _same, base=MODULE, inputs="input, *rest")
# Identity takes and ignores anything.
layer("torch.nn.Identity", "*args, bias=None, inplace=None", _same, base=MODULE, inputs="input")


def _glu(f: Frame, module: Module, input: Value) -> Value:
    return functions.glu(f, input, module.attrs["dim"])


layer("torch.nn.GLU", "dim=-1", _glu, base=MODULE)


def _number(f: Frame, module: Module, *inputs: Value) -> Value:
    return Tensor(())


def _unknown(f: Frame, module: Module, *inputs: Value) -> Value:
    return Tensor(None)


for _name in (
    "CrossEntropyLoss MSELoss L1Loss BCELoss BCEWithLogitsLoss NLLLoss SmoothL1Loss KLDivLoss HuberLoss"
    " TripletMarginLoss CosineEmbeddingLoss MarginRankingLoss CTCLoss GaussianNLLLoss HingeEmbeddingLoss"
    " MultiMarginLoss"
).split():
    layer(
        f"torch.nn.{_name}",
        "*rest, reduction='mean'",
        _number,
        base=MODULE,
        inputs="input, *rest",
    )
for _name in ("CosineSimilarity", "PairwiseDistance"):
    layer(
        f"torch.nn.{_name}",
        "*rest, dim=1, eps=1e-8",
        _unknown,
        base=MODULE,
        inputs="a, b",
    )
