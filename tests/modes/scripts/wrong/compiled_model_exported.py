import torch
from torch import nn
from nets import Mlp


model = Mlp()
fast = torch.compile(model)
torch.onnx.export(fast._orig_mod, (torch.randn(4, 8),), "mlp.onnx", dynamo=True)  # expect: BN201
