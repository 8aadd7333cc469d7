import torch
from torch import nn
from nets import ConvNet

class WithNorm(nn.Module):
    def __init__(self, model):
        super().__init__()
        self.model = model
        self.normalize = nn.BatchNorm2d(3)

    def forward(self, x):
        return self.model(self.normalize(x)).softmax(1)


model = ConvNet().eval()
wrapped = WithNorm(model)
torch.onnx.export(wrapped, torch.randn(1, 3, 32, 32), "wrapped.onnx", dynamo=True)  # expect: BN201
