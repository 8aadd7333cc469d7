"""Makes PyTorch, its exporters and TensorRT-RTX's ONNX parser fail in known ways, for real, and keeps what they print.

usage: python failures.py OUTPUT      writes a JSON object: the text of each failure by the id of its message
"""

import contextlib
import io
import json
import logging
import sys
import tempfile
import traceback
import warnings
from pathlib import Path

import torch
from torch import nn
from torch.nn import functional as F

FAILURES = {}
X = torch.randn(2, 3, 8, 8)
FOLDER = Path(tempfile.mkdtemp())


def fails(message):
    def enter(function):
        FAILURES[message] = function
        return function

    return enter


def net(*layers):
    return nn.Sequential(nn.Conv2d(3, 8, 3), *layers)


@fails("eager.feat")
def _():
    net(nn.BatchNorm2d(16))(X)


@fails("eager.dim")
def _():
    net(nn.BatchNorm1d(8))(X)


@fails("eager.one")
def _():
    nn.BatchNorm1d(4)(torch.randn(1, 4))


@fails("eager.eps")
def _():
    nn.BatchNorm2d(3, eps=0.0)(X)


@fails("eager.evalstats")
def _():
    F.batch_norm(X, None, None, training=False)


@fails("eager.lazy")
def _():
    torch.export.export(nn.Sequential(nn.LazyBatchNorm2d()).eval(), (X,))


@fails("eager.mixed")
def _():
    nn.BatchNorm2d(3).half().eval()(X)


@fails("eager.missing")
def _():
    state = net(nn.BatchNorm2d(8)).state_dict()
    net(nn.BatchNorm2d(8)).load_state_dict({k: v for k, v in state.items() if "running" not in k})


@fails("eager.extra")
def _():
    nn.InstanceNorm2d(3).load_state_dict(nn.InstanceNorm2d(3, track_running_stats=True).state_dict())


@fails("texp.eval")
def _():
    torch.export.export(net(nn.BatchNorm2d(8)).eval(), (X,)).module().eval()


@fails("texp.const")
def _():
    torch.export.export(nn.BatchNorm2d(3).eval(), (X,), dynamic_shapes=({1: torch.export.Dim("c")},))


@fails("texp.mutated")
def _():
    class Listed(nn.Module):
        def __init__(self):
            super().__init__()
            self.norms = [nn.BatchNorm2d(3)]

        def forward(self, x):
            return self.norms[0](x)

    torch.export.export(Listed().eval(), (X,)).run_decompositions()


@fails("texp.swap")
def _():
    class Inside(nn.Module):
        def forward(self, x):
            return nn.BatchNorm2d(3).to(x.device)(x)

    torch.export.export(Inside().eval(), (X,))


@fails("jit.freeze")
def _():
    torch.jit.freeze(torch.jit.script(net(nn.BatchNorm2d(8))))


@fails("tonnx.mode.bn")
def _():
    export(net(nn.BatchNorm2d(8, track_running_stats=False)).eval(), "untracked.onnx")


@fails("tonnx.trainwarn")
def _():
    torch.onnx.export(net(nn.BatchNorm2d(8)), (X,), FOLDER / "train.onnx", dynamo=True)


@fails("tonnx.dp")
def _():
    export(nn.DataParallel(net(nn.BatchNorm2d(8)).eval()), "parallel.onnx")


@fails("q.evalonly")
def _():
    torch.nn.utils.fusion.fuse_conv_bn_eval(nn.Conv2d(3, 8, 3), nn.BatchNorm2d(8))


@fails("q.order")
def _():
    torch.ao.quantization.fuse_modules(nn.Sequential(nn.BatchNorm2d(3), nn.Conv2d(3, 8, 3)).eval(), [["0", "1"]])


@fails("q.mode")
def _():
    model = net(nn.BatchNorm2d(8)).eval()
    model[1].train()
    torch.ao.quantization.fuse_modules(model, [["0", "1"]])


@fails("q.qat")
def _():
    torch.ao.quantization.fuse_modules_qat(net(nn.BatchNorm2d(8, affine=False)).train(), [["0", "1"]])


@fails("q.prepare")
def _():
    torch.ao.quantization.prepare_qat(net(nn.BatchNorm2d(8)).eval())


@fails("onnx.bn.training")
def _():
    path = export(net(nn.BatchNorm2d(8)).train(), "training.onnx", training=torch.onnx.TrainingMode.TRAINING)
    parse(path)


@fails("onnx.norm.rank")
def _():
    import onnx
    from onnx import TensorProto, helper, numpy_helper

    inputs = [helper.make_tensor_value_info("x", TensorProto.FLOAT, [2, 4])]
    outputs = [helper.make_tensor_value_info("y", TensorProto.FLOAT, [2, 4])]
    one = numpy_helper.from_array(torch.ones(4).numpy(), "one")
    node = helper.make_node("InstanceNormalization", ["x", "one", "one"], ["y"], "/head/norm/InstanceNormalization")
    graph = helper.make_graph([node], "g", inputs, outputs, [one])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    onnx.save(model, FOLDER / "rank.onnx")
    parse(FOLDER / "rank.onnx")


def parse(path):
    import tensorrt_rtx as trt

    logger = trt.Logger(trt.Logger.INTERNAL_ERROR)
    builder = trt.Builder(logger)
    network = builder.create_network(0)
    parser = trt.OnnxParser(network, logger)
    parser.parse_from_file(str(path))
    for index in range(parser.num_errors):
        print(parser.get_error(index))


def export(model, name, **options):
    torch.onnx.export(model, (X,), FOLDER / name, dynamo=False, **options)
    return FOLDER / name


def main():
    texts = {}
    warnings.simplefilter("always")
    logging.captureWarnings(False)
    for message, function in FAILURES.items():
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed):
            try:
                function()
            except BaseException:
                traceback.print_exc(file=printed)
        texts[message] = printed.getvalue()
    Path(sys.argv[1]).write_text(json.dumps(texts))


main()
