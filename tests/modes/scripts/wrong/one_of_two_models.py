import torch
from torch import nn
from nets import Mlp


encoder, decoder = Mlp(), Mlp()
encoder.eval()
torch.export.export(encoder, (torch.randn(4, 8),))
torch.export.export(decoder, (torch.randn(4, 8),))  # expect: BN201
