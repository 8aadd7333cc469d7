import torch
from torch import nn
from nets import Mlp


zoo = {"small": Mlp(16), "large": Mlp(64)}
for name, model in zoo.items():
    torch.onnx.export(model, (torch.randn(4, 8),), f"{name}.onnx", dynamo=True)  # expect: BN201
