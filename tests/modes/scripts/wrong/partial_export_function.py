from functools import partial

import torch
from nets import ConvNet

to_onnx = partial(torch.onnx.export, dynamo=True, opset_version=18)
to_onnx(ConvNet(), (torch.randn(1, 3, 32, 32),), "model.onnx")  # expect: BN201
