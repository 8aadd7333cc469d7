# needs: lightning
import lightning as L
import torch
from torch import nn


class Lit(L.LightningModule):
    def __init__(self):
        super().__init__()
        self.bn = nn.BatchNorm1d(8)

    def forward(self, x):
        return self.bn(x)


model = Lit.load_from_checkpoint("best.ckpt")
model.freeze()
model.to_onnx("lit.onnx", torch.randn(4, 8))
