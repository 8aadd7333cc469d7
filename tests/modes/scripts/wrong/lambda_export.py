import torch
from torch import nn
from nets import Mlp


export = lambda model: torch.onnx.export(model, (torch.randn(4, 8),), "mlp.onnx", dynamo=True)  # expect: BN201
export(Mlp())
