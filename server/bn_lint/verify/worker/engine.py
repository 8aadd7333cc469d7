"""Run an engine that was built from an ONNX file, with TensorRT's or TensorRT-RTX's own runtime."""

from __future__ import annotations

import importlib
import os
from typing import TYPE_CHECKING, Any

from . import folding, gpu, onnx_export, tensorrt_build
from .inputs import Dynamic, Inputs
from .marked import first_difference, marked
from .onnx_backend import network
from .onnx_export import Exported

if TYPE_CHECKING:
    from .pipeline import Run

torch: Any = importlib.import_module("torch")


class Engine:
    """A deserialised engine. Raises RuntimeError when TensorRT refuses the plan, with what it said."""

    def __init__(self, trt: Any, plan: bytes, log: tensorrt_build.Log) -> None:
        self._trt = trt
        self._heard = tensorrt_build.Heard(log)
        self._logger = tensorrt_build.make_logger(trt, self._heard)
        self._runtime = trt.Runtime(self._logger)
        self._engine = self._runtime.deserialize_cuda_engine(plan)
        if self._engine is None:
            raise RuntimeError("\n".join(self._heard.errors) or "TensorRT cannot read the engine that it has built")
        self._context = self._engine.create_execution_context()

    def __call__(self, inputs: Inputs) -> list[Any]:
        """The engine's outputs, on the GPU."""
        trt, context = self._trt, self._context
        names = [self._engine.get_tensor_name(i) for i in range(self._engine.num_io_tensors)]
        given = [n for n in names if self._engine.get_tensor_mode(n) == trt.TensorIOMode.INPUT]
        tensors = [t.cuda().contiguous() for t in inputs.tensors()]
        for name, tensor in zip(given, tensors, strict=True):
            context.set_input_shape(name, tuple(tensor.shape))
            context.set_tensor_address(name, tensor.data_ptr())
        outputs: list[Any] = []
        for name in names:
            if name not in given:
                dtype = _torch_dtype(trt, self._engine.get_tensor_dtype(name))
                output = torch.empty(tuple(context.get_tensor_shape(name)), dtype=dtype, device="cuda")
                context.set_tensor_address(name, output.data_ptr())
                outputs.append(output)
        stream = torch.cuda.current_stream()
        if not context.execute_async_v3(stream.cuda_stream):
            raise RuntimeError("\n".join(self._heard.errors) or "TensorRT could not run the engine")
        stream.synchronize()
        return outputs

    def layers(self) -> list[folding.EngineLayer]:
        """The engine's layers, fused ones with their parts."""
        inspector = self._engine.create_engine_inspector()
        return folding.of_inspector(inspector.get_engine_information(self._trt.LayerInformationFormat.JSON))


def _torch_dtype(trt: Any, dtype: Any) -> Any:
    names = {"FLOAT": "float32", "HALF": "float16", "BF16": "bfloat16", "INT32": "int32", "INT64": "int64"}
    names |= {"INT8": "int8", "UINT8": "uint8", "BOOL": "bool"}
    return getattr(torch, names[dtype.name])


def stage(run: Run, trt: Any, plan: bytes, exported: Exported, axes: list[Dynamic], sizes: list[Inputs]) -> None:
    """Run the engine and compare it with the model."""
    with run.running("run") as detail:
        engine = Engine(trt, plan, lambda severity, text: run.log("tensorrt", severity, text))
        if not tensorrt_build.is_rtx(trt):  # whose builder has told already
            folding.report(run, engine.layers(), network(run, exported), detail)

        def build(root: Any, inputs: Inputs, folder: str) -> Engine | None:
            os.makedirs(folder, exist_ok=True)
            again = onnx_export.export(root, inputs, axes, run.request.exporter, folder)
            built = tensorrt_build.build(
                trt, again.path, "current", again.dynamic, lambda s, t: run.log("tensorrt", s, t)
            )
            if built.plan is None:
                run.log("tensorrt", "error", "\n".join(p.text for p in built.problems))
                return None
            return Engine(trt, built.plan, lambda severity, text: run.log("tensorrt", severity, text))

        count = iter(range(1000))

        def compile_again(inputs: Inputs) -> Engine | None:
            return build(run.model.root, inputs, os.path.join(run.folder, f"run{next(count)}"))

        def part(inputs: Inputs, tolerance: float) -> str | None:
            with marked(run.model) as wrapper:
                engine = build(wrapper, inputs, os.path.join(run.folder, f"run{next(count)}"))
                return None if engine is None else first_difference(wrapper, engine(inputs), inputs, tolerance)

        gpu.compare_passes(run, engine, compile_again, part, sizes, detail)
        try:
            gpu.time(run, detail, engine)
        finally:
            run.model.root.cpu()
