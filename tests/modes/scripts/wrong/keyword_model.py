import torch
from torch import nn
from nets import Mlp


net = Mlp(width=8)
torch.onnx.export(model=net, args=(torch.randn(4, 8),), f="mlp.onnx", dynamo=True)  # expect: BN201
