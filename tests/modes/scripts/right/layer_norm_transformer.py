import torch
from torch import nn


encoder = nn.TransformerEncoder(nn.TransformerEncoderLayer(16, 2, batch_first=True, dropout=0.0), 1)
torch.export.export(encoder, (torch.randn(2, 5, 16),))
