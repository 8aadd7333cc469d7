"""Builds what torch-tensorrt 2.1 to 2.4 built for a BatchNorm3d: a channel-wise Scale layer on a 5-D tensor.

Prints TensorRT's log, and what Python says of the shape that TensorRT could not infer.
"""

import numpy as np
import tensorrt_rtx as trt

CHANNELS, DEPTH = 16, 64


class Logger(trt.ILogger):
    def __init__(self):
        trt.ILogger.__init__(self)

    def log(self, severity, message):
        print(f"[TRT] [{severity.name[0]}] {message}", flush=True)


builder = trt.Builder(Logger())
network = builder.create_network(0)
x = network.add_input("x", trt.float32, (1, CHANNELS, DEPTH, 32, 32))
one = trt.Weights(np.ones(CHANNELS, np.float32))
layer = network.add_scale(x, trt.ScaleMode.CHANNEL, one, one, one)
layer.name = (
    "[SCALE]-[aten_ops._native_batch_norm_legit_no_training.default]-"
    "[/model/0/conv_unit0_adn_N/_native_batch_norm_legit_no_training]"
)
output = layer.get_output(0)
for _ in range(2):  # the first time the weights are refused, from then on the layer has no shape
    try:
        print(len(output.shape))
    except ValueError as error:
        print(f"ValueError: {error}", flush=True)
network.mark_output(output)
config = builder.create_builder_config()
config.num_compute_capabilities = 1
config.set_compute_capability(trt.ComputeCapability.SM120, 0)
engine = builder.build_serialized_network(network, config)
print("built" if engine is not None else "not built")
