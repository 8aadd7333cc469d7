import torch
from torch import nn
from nets import Mlp


TRAINING = True

model = Mlp()
model.train(TRAINING)
torch.export.export(model, (torch.randn(4, 8),))  # expect: BN201
