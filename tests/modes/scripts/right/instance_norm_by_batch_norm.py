import torch
from torch import nn
import torch.nn.functional as F


class AdaptiveInstanceNorm(nn.Module):
    def forward(self, x, weight, bias):
        n, c = x.shape[:2]
        out = F.batch_norm(x.reshape(1, n * c, *x.shape[2:]), None, None, weight, bias, True, 0.1, 1e-5)
        return out.reshape(x.shape)


AdaptiveInstanceNorm()(torch.randn(2, 3, 4, 4), torch.ones(6), torch.zeros(6))
