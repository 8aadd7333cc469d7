from torch import nn, randn, relu
from torch.onnx import export as write_onnx


class Tiny(nn.Module):
    def __init__(self):
        super().__init__()
        self.bn = nn.BatchNorm1d(4)

    def forward(self, x):
        return relu(self.bn(x))


write_onnx(Tiny(), (randn(4, 4),), "tiny.onnx", dynamo=True)  # expect: BN201
