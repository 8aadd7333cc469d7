# proof: model.norms[0].training and not model.training
import torch
from torch import nn


class Pyramid(nn.Module):
    def __init__(self, widths=(8, 8)):
        super().__init__()
        self.convs = nn.ModuleList(nn.Conv2d(8, w, 1) for w in widths)
        self.norms = [nn.BatchNorm2d(w) for w in widths]  # expect: BN207

    def forward(self, x):
        for conv, norm in zip(self.convs, self.norms):
            x = norm(conv(x))
        return x


model = Pyramid().eval()
torch.onnx.export(model, torch.randn(1, 8, 4, 4), "pyramid.onnx", dynamo=True)
