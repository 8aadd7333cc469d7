"""Messages of TensorRT's and TensorRT-RTX's builder and runtime."""

from bn_lint.verify.messages.message import Message, Role

_LAYER_ERROR = r"Error Code (?P<code>\d+): (?P<kind>[A-Za-z ]+) \("

MESSAGES = (
    Message(
        id="trt.scale.count",
        origin="TensorRT builder",
        pattern=r"(?<![\d:])(?P<code>\d):\s(?P<layer>[^\n]+?):\s?(?P<which>shift|scale|power) weights has count "
        r"(?P<got>\d+) but (?P<want>\d+) was expected",
        meaning="a Scale layer, which is how TensorRT writes a BatchNorm, got {got} {which} weights; the axis it "
        "scales has {want} elements",
        cause="The weights belong to another axis (add_scale takes axis rank-3, which is the channel only for "
        "4-D input) or num_features is not the number of channels that arrive.",
        remedy="In a network built by hand, call add_scale_nd with channel_axis=1. Else compare num_features with the "
        "channels of the tensor in front of the layer.",
        rules=("BN101",),
    ),
    Message(
        id="trt.kernel.count",
        origin="TensorRT builder",
        pattern=r"(?<![\d:])(?P<code>\d):\s(?P<layer>[^\n]+?):\s?(?P<which>kernel|bias) weights has count "
        r"(?P<got>\d+) but (?P<want>\d+) was expected",
        meaning="a convolution or linear layer got {got} {which} weights where its declared sizes need {want}",
        cause="A layer was pruned or replaced without its neighbours, or the weights of another configuration "
        "were loaded.",
        remedy="Compare in_channels, out_channels and groups of the layer with the shape of its weights.",
        rules=("BN104",),
    ),
    Message(
        id="trt.scale.invalid",
        origin="TensorRT builder",
        pattern=_LAYER_ERROR + r"(?P<layer>.+): invalid `(?P<which>shift|scale|power|kernel|bias)` weights, check "
        r"IErrorRecorder for details\.",
        meaning="TensorRT rejected the {which} weights of {layer}; the line with the counts says why",
        cause="The same as of the line `weights has count ...` in front of it.",
        role=Role.SYMPTOM,
    ),
    Message(
        id="trt.shape.node",
        origin="TensorRT builder",
        pattern=_LAYER_ERROR + r"Output shape can not be computed for node (?P<layer>.+?)\.(?:\)\s*$| In \w+ at )",
        meaning="no shape could be inferred behind {layer}",
        cause="The layer was refused just before, usually for its weights. The first error that names it is the cause.",
        role=Role.SYMPTOM,
    ),
    Message(
        id="py.len",
        origin="TensorRT's Python binding",
        pattern=r"ValueError: (?:__len__\(\)|len\(\)) should return >= 0",
        meaning="Python asked for the length of a tensor's shape that TensorRT could not infer (its rank is -1)",
        cause="Never the cause itself: a layer in front of it was refused, and TensorRT's own log says which and why. "
        "torch.compile does not fall back to PyTorch on it, because it is a ValueError.",
        remedy="Read the TensorRT lines in front of it; with torch_tensorrt, show them by "
        "`with torch_tensorrt.logging.errors():`.",
        role=Role.SYMPTOM,
    ),
    Message(
        id="trt.shuffle.wildcards",
        origin="TensorRT builder",
        pattern=r"reshape dimension with more than one -1 wildcard",
        meaning="a reshape has two dimensions to be inferred, and TensorRT infers one",
        cause="torch_tensorrt turns a BatchNorm1d into reshape, scale, reshape; with a dynamic batch and a "
        "dynamic length the reshape has two open dimensions.",
        remedy="Make the batch or the length static, or use BatchNorm2d on x.unsqueeze(-1).",
        affected="torch-tensorrt 2.5 and later",
    ),
    Message(
        id="trt.addscale.param",
        origin="TensorRT builder",
        pattern=r"Parameter check failed at: (?P<file>[\w/.]*network\.cpp)::addScaleNd::(?P<line>\d+), "
        r"condition: (?P<cond>[^)\n]+)",
        meaning="a channel-wise Scale layer was asked for on a tensor of too few dimensions",
        cause="A BatchNorm1d on (N, C), or the affine part of a GroupNorm on (N, C, L), converted by torch2trt.",
        remedy="Give the layer a 4-D tensor (unsqueeze before, squeeze after), or convert through ONNX.",
        affected="torch2trt since May 2024",
    ),
    Message(
        id="trt.conv.count",
        origin="TensorRT builder",
        pattern=r"count of (?P<got>\d+) weights in kernel, but kernel dimensions \((?P<k>[\d,]+)\) with "
        r"(?P<cin>\d+) input channels, (?P<cout>\d+) output channels and (?P<groups>\d+) groups were "
        r"specified\. Expected Weights count is .* = (?P<want>\d+)",
        meaning="a convolution of {cin} to {cout} channels got {got} weights where {want} are needed",
        cause="The model was pruned, built from another configuration, or a BatchNorm was folded into the wrong "
        "convolution.",
        remedy="Compare the convolution's sizes with those of its neighbours and of the checkpoint.",
        rules=("BN104",),
    ),
    Message(
        id="trt.fp16.overflow",
        origin="TensorRT builder",
        pattern=r"(?P<n>\d+) weights are affected by this issue: Detected finite FP32 values which would overflow "
        r"in FP16",
        meaning="{n} weights are larger than FP16 can hold (65504) and were cut",
        cause="A folded BatchNorm multiplies the weights by gamma / sqrt(running_var + eps), which is huge "
        "where running_var is about 0 and eps small.",
        remedy="`bn-lint inspect` lists the layers. Retrain or clean their statistics, raise eps, or keep them "
        "in FP32.",
    ),
    Message(
        id="trt.fp16.subnormal",
        origin="TensorRT builder",
        pattern=r"(?P<n>\d+) weights are affected by this issue: Detected (?:subnormal FP16 values|values less than "
        r"smallest positive FP16 subnormal value)",
        meaning="{n} weights are so small that FP16 holds them inexactly or as zero",
        cause="Common, and usually harmless: a tiny gamma or a large running_var.",
        remedy="Compare the outputs; only if they differ, keep the layer in FP32.",
        role=Role.NOTE,
    ),
    Message(
        id="trt.int8.missing",
        origin="TensorRT builder",
        pattern=r"Missing scale and zero-point for tensor (?P<tensor>.+?), expect fall back to non-int8",
        meaning="{tensor} has no quantisation scale, so what touches it does not run in INT8",
        cause="Q/DQ nodes stand between a convolution and its BatchNorm, or the BatchNorm was folded before a "
        "QAT export.",
        remedy="Leave the BatchNorm unfolded in a QAT export: TensorRT folds it into the quantised convolution itself.",
        role=Role.NOTE,
    ),
    Message(
        id="trt.cuda",
        origin="TensorRT",
        pattern=r"catchCudaError::\d+\] Error Code 1: Cuda Runtime",
        meaning="a CUDA call of TensorRT failed",
        cause="There is no NVIDIA driver or no GPU. TensorRT-RTX prints this while it builds ahead of time, and goes "
        "on; TensorRT itself cannot build without one.",
        role=Role.NOTE,
    ),
    Message(
        id="trt.plan.version",
        origin="TensorRT runtime",
        pattern=r"engine plan file is not compatible with this version of TensorRT, expecting library version "
        r"(?P<want>[\d.]*\d) got (?P<got>[\d.]*\d)",
        meaning="the engine was built by TensorRT {got} and is loaded by {want}",
        cause="The machine that builds and the one that runs have different releases.",
        remedy="Build the engine again with the release that runs it.",
    ),
)
