from contextlib import contextmanager

import torch
from nets import ConvNet

@contextmanager
def evaluating(model):
    was_training = model.training
    model.eval()
    try:
        yield
    finally:
        model.train(was_training)


model = ConvNet()
with evaluating(model), torch.no_grad():
    torch.onnx.export(model, torch.randn(2, 3, 16, 16), "model.onnx", dynamo=True)
model.train()
