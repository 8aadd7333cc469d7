"""The rest of PyTorch that model code touches: checkpointing, scripting, data parallelism, initialisation."""

from __future__ import annotations

import bn_lint.model.calls as calls
from bn_lint.model.frame import Frame
from bn_lint.model.iteration import known_items
from bn_lint.model.stdlib import deep_copy
from bn_lint.model.torch_.module import MODULE
from bn_lint.model.torch_.registry import LIBRARY, namespace, register
from bn_lint.model.values import Class, Function, Module, Native, Tensor, Unknown, Value

Args = list[Value]
Keywords = dict[str, Value]

namespace(
    "torch.nn.functional", "torch.nn.init", "torch.utils.checkpoint", "torch.jit", "torch.cuda", "torch.backends",
    "torch.distributed", "torch.autograd", "torch.onnx", "torch.optim", "torch.utils.data", "torch.hub",
    "torch.nn.utils", "torch.nn.parallel", "torch.ao", "torch.quantization", "torch.fx", "torch.export", "torch.amp",
)  # fmt: skip
for _dtype in (
    "float32 float16 bfloat16 float64 float half double int8 int16 int32 int64 int long uint8 bool complex64"
    " channels_last contiguous_format preserve_format strided"
).split():
    register(f"torch.{_dtype}", Unknown(f"torch.{_dtype}"))
TENSOR = Class("Tensor", [], {}, qualified="torch.Tensor")
TENSOR.members["__new__"] = Native("torch.Tensor", lambda f, a, k: calls.call(f, LIBRARY["torch.zeros"], a[1:], k))
register("torch.Tensor", TENSOR)


def _parameter(f: Frame, args: Args, keywords: Keywords) -> Value:
    value = args[0] if args else keywords.get("data")
    return Tensor(value.dims, data=value.data) if isinstance(value, Tensor) else Tensor(None)


_PARAMETER = Class("Parameter", [TENSOR], {}, qualified="torch.nn.Parameter")
register("torch.nn.Parameter", _PARAMETER)
register("torch.nn.Buffer", Native("torch.nn.Buffer", _parameter))
register("torch.autograd.Variable", Native("torch.autograd.Variable", _parameter))
register("torch.Variable", Native("torch.autograd.Variable", _parameter))


def _new_parameter(f: Frame, args: Args, keywords: Keywords) -> Value:
    return _parameter(f, args[1:], keywords)


def _false(f: Frame, args: Args, keywords: Keywords) -> Value:
    return False


for _name in (
    "torch.jit.is_scripting torch.jit.is_tracing torch.onnx.is_in_onnx_export torch._C._get_tracing_state"
    " torch.compiler.is_compiling torch.compiler.is_dynamo_compiling torch.compiler.is_exporting"
    " torch.distributed.is_initialized torch.fx._symbolic_trace.is_fx_tracing torch._jit_internal.is_scripting"
).split():
    register(_name, Native(_name, _false))


def _log_api_usage(f: Frame, args: Args, keywords: Keywords) -> Value:
    return None


register("torch._assert", Native("torch._assert", _log_api_usage))
register("torch._C._log_api_usage_once", Native("_log_api_usage_once", _log_api_usage))


def _is_tensor(f: Frame, args: Args, keywords: Keywords) -> Value:
    return (
        isinstance(args[0], Tensor)
        if not isinstance(args[0], Unknown)
        else Unknown("is_tensor", ("is_tensor", args[0], True))
    )


register("torch.is_tensor", Native("torch.is_tensor", _is_tensor))
register("torch.is_floating_point", Native("torch.is_floating_point", lambda f, a, k: Unknown("is_floating_point")))


# ---- calling through


def _checkpoint(f: Frame, args: Args, keywords: Keywords) -> Value:
    return calls.call(f, args[0], args[1:], {k: v for k, v in keywords.items() if k not in _CHECKPOINT_OPTIONS})


_CHECKPOINT_OPTIONS = {
    "use_reentrant",
    "preserve_rng_state",
    "context_fn",
    "determinism_check",
    "debug",
    "early_stop",
}
register("torch.utils.checkpoint.checkpoint", Native("checkpoint", _checkpoint))


def _checkpoint_sequential(f: Frame, args: Args, keywords: Keywords) -> Value:
    named = dict(zip(("functions", "segments", "input"), args, strict=False)) | keywords
    functions = named.get("functions")
    steps = list(functions.children.values()) if isinstance(functions, Module) else known_items(f, functions)
    value = named.get("input", Unknown("input"))
    if steps is None:
        return Unknown("result")
    for step in steps:
        value = calls.call(f, step, [value], {})
    return value


register("torch.utils.checkpoint.checkpoint_sequential", Native("checkpoint_sequential", _checkpoint_sequential))


def _returns_argument(f: Frame, args: Args, keywords: Keywords) -> Value:
    return args[0] if args else Native("decorator", _returns_argument)


GRADLESS = "__without_gradients__"
NO_GRADIENTS = "torch.no_grad()"


def gradless(f: Frame, args: Args, keywords: Keywords) -> Value:
    """torch.no_grad and torch.inference_mode: as a decorator, they leave a note on the function."""
    if len(args) == 1 and isinstance(args[0], Function):
        args[0].attrs[GRADLESS] = f.place
        return args[0]
    return Native(NO_GRADIENTS, gradless)


def _decorator(f: Frame, args: Args, keywords: Keywords) -> Value:
    if len(args) == 1 and isinstance(args[0], Function | Class | Module):
        return args[0]
    return Native("decorator", _returns_argument)


for _name in (
    "torch.jit.ignore torch.jit.unused torch.jit.export torch.jit.script_method torch.jit.interface"
    " torch.jit.script_if_tracing torch.enable_grad torch.set_grad_enabled"
    " torch.autocast torch.cuda.amp.autocast torch.cuda.amp.custom_fwd torch.cuda.amp.custom_bwd torch.amp.autocast"
    " torch.amp.custom_fwd torch.compiler.disable torch._dynamo.disable torch.fx.wrap"
    " torch.autograd.profiler.record_function torch.profiler.record_function"
    " torch.autograd.set_detect_anomaly torch.autograd.function.once_differentiable"
).split():
    register(_name, Native(_name, _decorator))
for _name in ("torch.no_grad", "torch.inference_mode", "torch.autograd.no_grad", "torch.autograd.grad_mode.no_grad"):
    register(_name, Native(_name, gradless))


# ---- wrappers that hold a module


def _wrapper(qualified: str, *, copies: bool = False) -> None:
    def init(f: Frame, args: Args, keywords: Keywords) -> Value:
        wrapper = args[0]
        model = args[1] if len(args) > 1 else keywords.get("module", keywords.get("model"))
        wrapper.children["module"] = deep_copy(f, model, {}) if copies else model
        return None

    def forward(f: Frame, args: Args, keywords: Keywords) -> Value:
        return calls.call(f, args[0].children["module"], args[1:], keywords)

    members: dict[str, Value] = {"__init__": Native("__init__", init), "forward": Native("forward", forward)}
    register(qualified, Class(qualified.rpartition(".")[2], [MODULE], members, qualified=qualified))


for _name in (
    "torch.nn.DataParallel torch.nn.parallel.DataParallel torch.nn.parallel.DistributedDataParallel"
    " torch.distributed.fsdp.FullyShardedDataParallel torch.nn.parallel.distributed.DistributedDataParallel"
).split():
    _wrapper(_name)
_wrapper("torch.optim.swa_utils.AveragedModel", copies=True)
_AVERAGED = LIBRARY["torch.optim.swa_utils.AveragedModel"]
_AVERAGED.members["update_parameters"] = Native("update_parameters", lambda f, args, keywords: None)
register("torch.optim.swa_utils.update_bn", Native("update_bn", lambda f, args, keywords: None))

for _name in (
    "torch.nn.utils.weight_norm torch.nn.utils.spectral_norm torch.nn.utils.parametrizations.weight_norm"
    " torch.nn.utils.parametrizations.spectral_norm torch.nn.utils.parametrizations.orthogonal"
    " torch.nn.utils.remove_weight_norm torch.nn.utils.fuse_conv_bn_eval"
).split():
    register(_name, Native(_name, _returns_argument))


# ---- nn.init and other things that return nothing of interest


def _initialise(f: Frame, args: Args, keywords: Keywords) -> Value:
    return args[0] if args else keywords.get("tensor")


for _name in (
    "kaiming_normal_ kaiming_uniform_ xavier_normal_ xavier_uniform_ normal_ uniform_ constant_ zeros_ ones_"
    " trunc_normal_ orthogonal_ dirac_ eye_ sparse_ kaiming_normal kaiming_uniform xavier_normal xavier_uniform"
    " normal uniform constant"
).split():
    register(f"torch.nn.init.{_name}", Native(f"torch.nn.init.{_name}", _initialise))
_PARAMETER.members["__new__"] = Native("torch.nn.Parameter", _new_parameter)
