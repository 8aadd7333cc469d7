from contextlib import contextmanager

import torch
from nets import ConvNet

@contextmanager
def evaluating(model):
    was_training = model.training
    model.eval()
    try:
        yield model
    finally:
        model.train(was_training)


model = ConvNet()
with evaluating(model):
    model(torch.randn(2, 3, 16, 16))
torch.export.export(model, (torch.randn(2, 3, 16, 16),))  # expect: BN203
