import torch
from torch import nn
import torch.nn.functional as F


class FrozenNorm(nn.Module):
    def __init__(self, channels):
        super().__init__()
        for name in ("weight", "var"):
            self.register_buffer(name, torch.ones(channels))
        for name in ("bias", "mean"):
            self.register_buffer(name, torch.zeros(channels))

    def forward(self, x):
        return F.batch_norm(x, self.mean, self.var, self.weight, self.bias, training=False)


model = FrozenNorm(4)
torch.export.export(model, (torch.randn(2, 4),))
