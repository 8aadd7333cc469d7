"""Messages of TensorRT's ONNX parser."""

from bn_lint.verify.messages.message import Message, Role

_TRAINING = (
    "The layer computes batch statistics in the exported graph: it was exported in train mode "
    "(TrainingMode.TRAINING or PRESERVE), has no running statistics (track_running_stats=False), or "
    "is F.batch_norm with training=True."
)
_TRAINING_REMEDY = (
    "Call model.eval() and drop the training= argument of the export; build the layer with running statistics. "
    "`bn-lint check` shows the line."
)

MESSAGES = (
    Message(
        id="onnx.parse.header",
        origin="TensorRT ONNX parser",
        pattern=r'While parsing node number (?P<node>\d+) \[(?P<op>\w+) -> "(?P<out>[^"]*)"\]:',
        meaning="node {node} of the ONNX graph, a {op}",
        role=Role.PLACE,
    ),
    Message(
        id="onnx.parse.error",
        origin="TensorRT ONNX parser",
        pattern=r"ERROR: (?P<file>[\w./-]+):(?P<line>\d+) In function (?P<func>\w+):\s*\[(?P<code>\d+)\] (?P<desc>.+)",
        meaning="the parser's {func} refused the node",
        role=Role.PLACE,
    ),
    Message(
        id="onnx.str",
        origin="TensorRT ONNX parser, Python",
        pattern=r"In node (?P<node>-?\d+)(?: with name: (?P<name>.*?) and operator: (?P<op>\w*))? \((?P<func>\w+)\): "
        r"(?P<code>[A-Z_]+): (?P<desc>.+)",
        meaning="node {node} of the ONNX graph was refused by {func} ({code})",
        role=Role.PLACE,
    ),
    Message(
        id="onnx.invalid.node",
        origin="TensorRT ONNX parser",
        pattern=r"(?:Invalid Node|Exception occurred in) - (?P<name>[^\n]+)",
        meaning="no TensorRT layer could be made for the ONNX node {name}",
        role=Role.PLACE,
    ),
    Message(
        id="onnx.bn.training",
        origin="TensorRT ONNX parser",
        pattern=r"This version of TensorRT does not support training_mode == 1 in BatchNormalization\.",
        meaning="a BatchNormalization node is in training form, which TensorRT cannot build",
        cause=_TRAINING,
        remedy=_TRAINING_REMEDY,
        affected="TensorRT 8.5 and later refuse it; 8.4 and earlier ignore the flag and use the running statistics",
        rules=("BN201", "BN205", "BN209", "BN212", "BN301"),
    ),
    Message(
        id="onnx.bn.outputs",
        origin="TensorRT ONNX parser",
        pattern=r"This version of TensorRT doesn't support mode than (?P<n>\d+) outputs for (?P<op>\w+) nodes!",
        meaning="a {op} node has more than {n} output: the running statistics of training",
        cause=_TRAINING,
        remedy=_TRAINING_REMEDY,
        affected="TensorRT after 10.1",
        rules=("BN201", "BN205", "BN209", "BN212", "BN301"),
    ),
    Message(
        id="onnx.node.outputs",
        origin="TensorRT ONNX parser",
        pattern=r"Node has more output tensors than TRT expected, expected output size is (?P<want>\d+), actual "
        r"output size is (?P<got>\d+)\.",
        meaning="a node has {got} outputs where TensorRT makes {want}",
        cause="For a BatchNormalization: " + _TRAINING[0].lower() + _TRAINING[1:],
        remedy=_TRAINING_REMEDY,
        rules=("BN201", "BN205", "BN209", "BN212", "BN301"),
    ),
    Message(
        id="onnx.bn.rank1",
        origin="TensorRT ONNX parser",
        pattern=r"The shape of the (?P<which>scale|bias|mean|var) input must be \(C, \)",
        meaning="the {which} of a BatchNormalization is not one-dimensional",
        cause="The ONNX file was edited, an exporter wrote scalar statistics, or the parameters have shape (1, "
        "C, 1, 1).",
        remedy="Export again from the model; `bn-lint inspect` shows the shapes in the checkpoint.",
    ),
    Message(
        id="onnx.bn.sameshape",
        origin="TensorRT ONNX parser",
        pattern=r"Inputs to BatchNormalization must have the same shape!",
        meaning="scale, bias, mean and variance of a BatchNormalization differ in length",
        cause="The graph was edited, or only some of the layer's tensors were loaded or pruned.",
        remedy="Export again from the model; `bn-lint inspect` shows the shapes in the checkpoint.",
    ),
    Message(
        id="onnx.bn.dtype",
        origin="TensorRT ONNX parser",
        pattern=r"Invalid data type provided for BatchNormalization",
        meaning="a BatchNormalization is neither float32, float16 nor bfloat16",
        cause="model.double(), or a quantised tensor in front of the layer.",
        remedy="Export in float32.",
    ),
    Message(
        id="onnx.bn.float5",
        origin="TensorRT ONNX parser",
        pattern=r"Assertion failed: scale_weights\.type == ::ONNX_NAMESPACE::TensorProto::FLOAT",
        meaning="this parser takes only float32 BatchNorm parameters",
        cause="model.half() before the export.",
        remedy="Export in float32 and let TensorRT choose FP16.",
        affected="TensorRT 5 and 6",
        fixed="TensorRT 7.0",
    ),
    Message(
        id="onnx.norm.rank",
        origin="TensorRT ONNX parser",
        pattern=r"Input to normalization should be at least 3D(?:, the actual number of dimensions is (?P<n>\d+))?[.!]",
        meaning="an instance or group normalisation got a tensor of fewer than 3 dimensions",
        cause="The layer stands behind a flatten or a Linear.",
        remedy="Use LayerNorm or BatchNorm1d there, or normalise before the flatten.",
    ),
    Message(
        id="onnx.in.rank",
        origin="TensorRT ONNX parser",
        pattern=r"TensorRT only supports InstanceNormalization on 3D, 4D, or 5D tensors!",
        meaning="an InstanceNormalization got a tensor that has not 3, 4 or 5 dimensions",
        remedy="Reshape the tensor around the layer.",
    ),
    Message(
        id="onnx.in.init",
        origin="TensorRT ONNX parser",
        pattern=r"The (?P<which>scale|bias) tensor is required to be an initializer\.",
        meaning="the {which} of an InstanceNormalization is computed in the graph or is a graph input",
        cause="keep_initializers_as_inputs=True, or affine parameters that forward computes.",
        remedy="Leave keep_initializers_as_inputs at its default and keep the affine parameters constant.",
    ),
    Message(
        id="onnx.in.plugin",
        origin="TensorRT ONNX parser",
        pattern=r"InstanceNormalization plugin was not found in the plugin registry!",
        meaning="TensorRT's plugins are not loaded",
        cause="The plugin library is missing, or it was not initialised.",
        remedy="Call trt.init_libnvinfer_plugins(logger, '') before parsing.",
    ),
    Message(
        id="onnx.in.dtype",
        origin="TensorRT ONNX parser",
        pattern=r"Inputs must be either (?:all )?FLOAT or (?:all )?FLOAT16\. Input type (?:is|=) (?P<t>\w+)",
        meaning="the tensors of an InstanceNormalization have mixed or unsupported types (the input is {t})",
        cause="A half-precision model with a normalisation kept in float32, or bfloat16.",
        remedy="Export in float32 and let TensorRT choose FP16.",
    ),
)
