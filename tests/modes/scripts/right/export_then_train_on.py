import torch
from torch import nn
from nets import Mlp


model = Mlp()
for epoch in range(2):
    model.train()
    model(torch.randn(8, 8)).sum().backward()
    model.eval()
    torch.onnx.export(model, (torch.randn(8, 8),), f"epoch{epoch}.onnx", dynamo=True)
