import torch
from torch import nn
from nets import Mlp


model = Mlp()
for epoch in range(3):
    model.train()
    model(torch.randn(8, 8)).sum().backward()
    torch.onnx.export(model, (torch.randn(8, 8),), f"epoch{epoch}.onnx", dynamo=True)  # expect: BN201
