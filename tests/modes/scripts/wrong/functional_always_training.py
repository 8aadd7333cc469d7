# proof: ignored_mode
import torch
import torch.nn.functional as F
from torch import nn


class ConditionalNorm(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.scale = nn.Linear(4, channels)
        self.register_buffer("mean", torch.zeros(channels))
        self.register_buffer("var", torch.ones(channels))

    def forward(self, x, code):
        out = F.batch_norm(x, self.mean, self.var, training=True)  # expect: BN209
        return out * self.scale(code)[:, :, None, None]


norm = ConditionalNorm(8).eval()
norm(torch.randn(2, 8, 4, 4), torch.randn(2, 4))
