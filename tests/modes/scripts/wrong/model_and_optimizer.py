import torch
from torch import nn
from nets import Mlp


def setup():
    model = Mlp(width=32)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    return model, optimizer


model, optimizer = setup()
torch.onnx.export(model, (torch.randn(4, 8),), "mlp.onnx", dynamo=True)  # expect: BN201
