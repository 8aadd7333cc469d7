# needs: pytorch_lightning
import pytorch_lightning as pl
import torch
from torch import nn


class Lit(pl.LightningModule):
    def __init__(self):
        super().__init__()
        self.bn = nn.BatchNorm1d(8)

    def forward(self, x):
        return self.bn(x)


script = Lit().to_torchscript(method="trace", example_inputs=torch.randn(4, 8))
