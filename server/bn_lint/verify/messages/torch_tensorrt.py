"""Messages of torch-tensorrt and torch2trt."""

from bn_lint.verify.messages.message import Message, Role

MESSAGES = (
    Message(
        id="ttrt.bn3d.axis",
        origin="torch-tensorrt, TensorRT builder",
        pattern=r"(?<![\d:])(?P<code>\d):\s"
        r"(?P<layer>\[SCALE\]-\[(?:aten|acc)_ops\.[^\]]*batch_?norm[^\]]*\]-\[[^\]\n]*\]):\s?"
        r"(?P<which>shift|scale|power) weights has count (?P<got>\d+) but (?P<want>\d+) was expected",
        meaning="a BatchNorm of {got} channels was converted to a Scale layer over another axis, one of {want} "
        "elements",
        cause="BatchNorm3d, or BatchNorm on any 5-D tensor: this torch-tensorrt calls add_scale, which scales "
        "axis rank-3. That is the channel of a 4-D tensor and the depth of a 5-D one. Where depth and "
        "channels are equal it builds, and scales along the depth without a word.",
        remedy="Upgrade to torch-tensorrt 2.5.0 or later (2.8.0 or later folds the layer again) and leave "
        "ir='fx'. Without an upgrade: flatten to (N, C, D*H*W) and use BatchNorm1d, or export through "
        "ONNX, or keep the layer in PyTorch by torch_executed_ops.",
        affected="torch-tensorrt 2.1 to 2.4 (ir='dynamo', torch.compile), and every release with ir='fx'",
        fixed="torch-tensorrt 2.5.0 (pytorch/TensorRT pull request 3099)",
        refines="trt.scale.count",
    ),
    Message(
        id="ttrt.while",
        origin="torch.fx interpreter",
        pattern=r"While executing %(?P<fx_name>\w+) : (?:\[num_users=\d+\] = "
        r")?call_(?P<kind>\w+)\[target=(?P<target>[^\]]+)\]\(args = \((?P<args>.*?)\), kwargs",
        meaning="the FX node {fx_name} ({target}) was being converted",
        role=Role.PLACE,
    ),
    Message(
        id="ttrt.origtb",
        origin="torch.fx interpreter",
        pattern=r'Original traceback:\n(?P<tb>(?:\s*File "[^"]+", line \d+, in [^\n]+\n?(?:(?!\s*File ")[^\n]+\n?)?)+)',
        meaning="the Python lines that made the node; the last one in your own files is the call",
        role=Role.PLACE,
    ),
    Message(
        id="ttrt.layername",
        origin="torch-tensorrt",
        pattern=r"\[(?P<layer_type>[A-Z_]+)\]-\[(?P<ir>\w+?)_ops\.(?P<target>[^\]]+)\]-\[(?P<fx_name>[^\]\n]*)\]",
        meaning="a TensorRT layer made from {fx_name}",
        role=Role.PLACE,
    ),
    Message(
        id="ttrt.chan",
        origin="torch-tensorrt converter",
        pattern=r"Channel dim can't be dynamic for batch norm\.",
        meaning="the channel dimension of a BatchNorm's input is dynamic",
        cause="Dimension 1 differs between min_shape and max_shape, or is a torch.export.Dim.",
        remedy="Keep dimension 1 static: a BatchNorm has one number of channels.",
    ),
    Message(
        id="ttrt.bn1d",
        origin="torch-tensorrt converter",
        pattern=r"BatchNorm1D with more than one dynamic dims is not currently supported\.",
        meaning="a BatchNorm1d has a dynamic batch and a dynamic length",
        cause="The converter reshapes the tensor and can leave one dimension open.",
        remedy="Make the batch or the length static, or use BatchNorm2d on x.unsqueeze(-1).",
        affected="torch-tensorrt 2.1 to 2.4 and ir='fx'; later releases fail in TensorRT's reshape instead",
    ),
    Message(
        id="ttrt.bn.region",
        origin="torch-tensorrt, ir='fx'",
        pattern=r"(?P<q>Quantized )?BatchNorm2d received input (?P<x>.+?) that is not part of the TensorRT region!",
        meaning="the input {x} of a BatchNorm2d is a constant or was left in PyTorch",
        cause="The fx front end split the model between the layer and what feeds it.",
        remedy="Use ir='dynamo'; the fx front end is no longer developed.",
    ),
    Message(
        id="ttrt.nofloat",
        origin="torch-tensorrt converter",
        pattern=r"unsupported operand type\(s\) for \+: 'NoneType' and 'float'",
        meaning="the converter computed sqrt(running_var + eps) with a running_var that is not a constant",
        cause="The statistics are engine inputs: a refittable build, or torch.compile without frozen parameters.",
        remedy="Upgrade to torch-tensorrt 2.5.0 or later.",
        affected="torch-tensorrt 2.4 and earlier",
        fixed="torch-tensorrt 2.5.0 (pytorch/TensorRT pull request 3099)",
        needs=r"(?i)batch_?norm|running_var",
    ),
    Message(
        id="ttrt.toweights",
        origin="torch-tensorrt converter",
        pattern=r"to_trt_weights can only be called on torch\.Tensor, got an object of type: (?P<t>.+)",
        meaning="a layer's weight is {t}, not a tensor",
        cause="The BatchNorm converter was called without statistics.",
        remedy="Give the layer running statistics: track_running_stats=True, and a trained or recomputed state.",
        affected="torch-tensorrt 2.8 and later",
        rules=("BN301",),
    ),
    Message(
        id="ttrt.unsupported",
        origin="torch-tensorrt",
        pattern=r"Conversion of (?P<kind>function|module of type|method) (?P<what>.+?) (?:not )?currently (?:not "
        r")?supported!",
        meaning="there is no converter for {what} as it is used here",
        cause="For a BatchNorm: it is in train mode, or its saved mean or deviation is used as well as its output.",
        remedy="Call model.eval() before the export; use only the output of the normalisation.",
        rules=("BN201",),
    ),
    Message(
        id="ttrt.fallback",
        origin="torch-tensorrt, torch.compile",
        pattern=r"TRT conversion failed on the subgraph\. See trace above\. Returning GraphModule forward instead\.",
        meaning="the conversion failed and the model runs in PyTorch: there is no engine",
        cause="The error in front of this line; it was only logged.",
        remedy="Pass options={'pass_through_build_failures': True} to see it.",
        role=Role.SYMPTOM,
    ),
    Message(
        id="ttrt.skip",
        origin="torch-tensorrt partitioner",
        pattern=r"(?P<ok>\d+) supported operations detected in subgraph containing (?P<all>\d+) computational nodes\. "
        r"Skipping this subgraph, since min_block_size was detected to be (?P<min>\d+)",
        meaning="a part of {all} operations stays in PyTorch, because it is smaller than min_block_size={min}",
        remedy="Pass min_block_size=1.",
        role=Role.NOTE,
    ),
    Message(
        id="ttrt.excluded",
        origin="torch-tensorrt partitioner",
        pattern=r"Unsupported or Excluded Nodes:\n(?P<list>(?:- .+ \+ Operator Count: \d+\n?)+)",
        meaning="these operations stay in PyTorch",
        cause="They have no converter, the converter's check refused them, or they were excluded by an option.",
        role=Role.NOTE,
    ),
    Message(
        id="ttrt.ts.none",
        origin="torch-tensorrt, ir='ts'",
        pattern=r"Expected ivalue->isTensor\(\) to be true but got false\s+Requested unwrapping of arg IValue "
        r"assuming it was (?P<want>\w+) however type is (?P<got>\w+)",
        meaning="an argument of a normalisation is {got} where the converter wants a tensor",
        cause="The layer has no running statistics or no weights, and the shapes are dynamic. With static "
        "shapes the same front end takes a variance of 0 and builds, wrongly.",
        remedy="Build the layer with track_running_stats=True, or use ir='dynamo'.",
        affected="torch-tensorrt, every release, for BatchNorm; up to 2.6 for InstanceNorm",
        fixed="torch-tensorrt 2.7.0 for InstanceNorm (pytorch/TensorRT pull request 3367); not fixed for BatchNorm",
        rules=("BN301",),
    ),
    Message(
        id="ttrt.ts.affine",
        origin="torch-tensorrt, ir='ts'",
        pattern=r"The size of tensor a \((?P<a>\d+)\) must match the size of tensor b \((?P<b>\d+)\) at non-singleton "
        r"dimension (?P<d>\d+)",
        meaning="tensors of {a} and {b} elements were combined in dimension {d}",
        cause="A BatchNorm with affine=False: this release fills in the missing weight with the wrong shape.",
        remedy="Upgrade to torch-tensorrt 1.1.0 or later.",
        affected="torch-tensorrt before 1.1.0",
        fixed="torch-tensorrt 1.1.0 (pytorch/TensorRT pull request 866)",
        needs=r"compile_graph|trtorch",
    ),
    Message(
        id="t2t.none",
        origin="torch2trt",
        pattern=r"convert_(?:batch_?norm|BatchNorm)\w*[\s\S]{0,2000}?'NoneType' object has no attribute "
        r"'(?P<attr>detach|get_output)'",
        meaning="torch2trt met a BatchNorm without a weight or without statistics, or TensorRT refused its Scale layer",
        cause="`detach`: affine=False or track_running_stats=False. `get_output`: a BatchNorm1d on (N, C).",
        remedy="Give the layer weights and statistics, or convert through ONNX or torch_tensorrt.",
        affected="torch2trt, every release",
        rules=("BN301",),
    ),
)
