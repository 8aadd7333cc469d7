import os

import torch
from torch import nn
from nets import Mlp


model = Mlp()
if os.environ.get("FINE_TUNE"):
    model.train()
else:
    model.requires_grad_(False)
torch.export.export(model, (torch.randn(4, 8),))  # expect: BN201
