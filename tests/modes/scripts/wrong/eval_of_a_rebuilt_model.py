import torch
from torch import nn
from nets import Mlp


model = Mlp()
model.eval()
state = model.state_dict()
model = Mlp()
model.load_state_dict(state)
torch.export.export(model, (torch.randn(4, 8),))  # expect: BN201
