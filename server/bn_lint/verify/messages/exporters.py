"""Messages of torch.onnx, torch.export, torch.jit, onnx and onnxruntime."""

from bn_lint.verify.messages.message import Message, Role

_BATCH_STATISTICS = (
    "The layer normalises with the statistics of the batch even after model.eval(): "
    "track_running_stats=False, statistics set to None, or F.batch_norm with training=True. TensorRT "
    "refuses the node."
)

MESSAGES = (
    Message(
        id="tonnx.mode.bn",
        origin="torch.onnx, TorchScript exporter",
        pattern=r"ONNX export mode is set to TrainingMode\.(?P<mode>\w+), but operator '(?P<op>batch_norm)' is set to "
        r"train=(?P<train>True)\. Exporting with train=(?P=train)\.",
        meaning="a batch_norm is exported in training form although the export mode is {mode}",
        cause=_BATCH_STATISTICS,
        remedy="Build the layer with running statistics and train it, or recompute them by "
        "torch.optim.swa_utils.update_bn.",
        affected="torch 1.12 and later",
        rules=("BN209", "BN212", "BN301"),
        refines="tonnx.mode",
    ),
    Message(
        id="tonnx.mode",
        origin="torch.onnx, TorchScript exporter",
        pattern=r"ONNX export mode is set to TrainingMode\.(?P<mode>\w+), but operator '(?P<op>\w+)' is set to "
        r"train=(?P<train>True|False)\. Exporting with train=(?P=train)\.",
        meaning="{op} is exported with train={train}, although the export mode is {mode}",
        cause="For an instance_norm without running statistics this is printed at every export, and the result "
        "is right.",
        role=Role.NOTE,
    ),
    Message(
        id="tonnx.mode.old",
        origin="torch.onnx, TorchScript exporter",
        pattern=r"ONNX export mode is set to (?P<mode>\w+)\s+mode, but operator (?P<op>\w+) is set to "
        r"(?P<opmode>\w+)\s+mode\.",
        meaning="{op} is exported in {opmode} mode, although the export mode is {mode}",
        cause="For a batch_norm: " + _BATCH_STATISTICS[0].lower() + _BATCH_STATISTICS[1:],
        remedy="Build the layer with running statistics.",
        affected="torch 1.11 and earlier print it in this form",
        rules=("BN209", "BN212", "BN301"),
    ),
    Message(
        id="tonnx.trainwarn",
        origin="torch.onnx, dynamo=True",
        pattern=r"Exporting a model while it is in training mode\.\s+Please ensure that this is intended",
        meaning="the exported module's own training flag is set",
        cause="model.eval() was not called, or a wrapper was made around a model after its eval(): then only "
        "the wrapper is in train mode, and its BatchNorm layers are not.",
        remedy="Call eval() on the module that is exported. In dynamo=True the exporter folds a BatchNorm as in "
        "eval mode: compare with model.eval(), not with the model in train mode.",
        rules=("BN201", "BN203"),
    ),
    Message(
        id="tonnx.chan",
        origin="torch.onnx, TorchScript exporter",
        pattern=r"Unsupported: ONNX export of (?P<op>batch_norm|instance_norm) for unknown channel size\.",
        meaning="{op} has no weight, and the exporter does not know the number of channels to make one",
        cause="affine=False with a dynamic channel dimension or one that comes from a view with run-time sizes; or a "
        "third-party SyncBatchNorm.",
        remedy="Keep dimension 1 static and use nn.BatchNorm2d.",
    ),
    Message(
        id="tonnx.dtype14",
        origin="torch.onnx, TorchScript exporter",
        pattern=r"All input tensors must have the same `dtype`\.\s+Turn off Autocast or export using opset version 15",
        meaning="a BatchNorm has float32 parameters and a half-precision input, which opset 14 cannot say",
        cause="The export runs under autocast.",
        remedy="Export outside of autocast, or with opset_version=15 or later.",
    ),
    Message(
        id="tonnx.dp",
        origin="torch.onnx, TorchScript exporter",
        pattern=r"torch\.nn\.DataParallel is not supported by ONNX exporter",
        meaning="the exported model is wrapped in DataParallel",
        remedy="Export model.module.",
    ),
    Message(
        id="tonnx.empty",
        origin="torch.onnx, onnx.checker",
        pattern=r"Node \((?P<node>BatchNormalization\w*)\)'s input (?P<i>\d) is marked single but has an empty "
        r"string in the graph",
        meaning="{node} has no running statistics (its input {i} is empty)",
        cause="track_running_stats=False.",
        remedy="Build the layer with running statistics.",
        affected="torch 1.7 and earlier; later releases write training_mode=1, which TensorRT refuses",
        rules=("BN301",),
    ),
    Message(
        id="ort.bn14",
        origin="onnxruntime",
        pattern=r"Training mode does not support BN opset 14 \(or higher\) yet",
        meaning="a BatchNormalization node is in training form, which onnxruntime cannot run",
        cause="It was exported in train mode or has no running statistics.",
        remedy="Call model.eval() before the export and build the layer with running statistics.",
        rules=("BN201", "BN205", "BN209", "BN212", "BN301"),
    ),
    Message(
        id="ort.init",
        origin="onnxruntime",
        pattern=r"Initializer (?P<name>\S+) appears in graph inputs and will not be treated as constant value/weight",
        meaning="{name} is a graph input, not a constant",
        cause="keep_initializers_as_inputs=True. TensorRT then neither folds the BatchNorm nor finds its values "
        "at run time.",
        remedy="Leave keep_initializers_as_inputs at its default, False.",
    ),
    Message(
        id="texp.eval",
        origin="torch.export",
        pattern=r"NotImplementedError: Calling (?P<m>eval|train)\(\) is not supported yet",
        meaning="{m}() was called on an exported module, whose mode is fixed",
        cause="The mode is that of the model at export.",
        remedy="Call model.eval() before torch.export.export.",
        rules=("BN204",),
    ),
    Message(
        id="texp.core",
        origin="executorch and other verifiers of core ATen",
        pattern=r"Operator (?P<op>torch\._ops\.aten\._native_batch_norm_legit\w*\.\w+) is not Aten Canonical",
        meaning="the graph holds a BatchNorm in train mode ({op})",
        cause="The model was exported without model.eval().",
        remedy="Call model.eval() before torch.export.export.",
        rules=("BN201", "BN203"),
    ),
    Message(
        id="texp.const",
        origin="torch.export",
        pattern=r"specialized it to be a constant \((?P<v>\d+)\)",
        meaning="a dimension that was declared dynamic is fixed to {v} by the model",
        cause="For dimension 1: the num_features of a BatchNorm or the in_channels of a layer fix it.",
        remedy="Leave that dimension out of dynamic_shapes.",
    ),
    Message(
        id="texp.mutated",
        origin="torch.export",
        pattern=r"Constant (?P<name>lifted_tensor\w*) is mutated in the forward method\. Pls register it as buffer",
        meaning="forward changes a tensor that the module does not own",
        cause="A BatchNorm in a plain list or dict: model.eval() and state_dict() do not reach it, so it is "
        "still in train mode and updates its statistics.",
        remedy="Keep the layers in nn.ModuleList or nn.ModuleDict.",
        rules=("BN207",),
    ),
    Message(
        id="texp.swap",
        origin="torch.export",
        pattern=r"_apply\(\): Couldn't swap (?P<cls>\w*BatchNorm\w*)\.(?P<name>\w+)",
        meaning="a {cls} is built inside forward",
        cause="Each call makes a new layer with fresh statistics, and the export cannot move its tensors.",
        remedy="Build the layer in __init__.",
        rules=("BN208",),
    ),
    Message(
        id="jit.freeze",
        origin="torch.jit",
        pattern=r"Freezing is currently only implemented for modules in eval mode",
        meaning="torch.jit.freeze, optimize_for_inference or torch_tensorrt's ir='ts' met a module in train mode",
        remedy="Call model.eval() before scripting or tracing.",
        rules=("BN201", "BN203"),
    ),
)
