import torch
from torch import nn
from nets import ConvNet

class WithSoftmax(nn.Module):
    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(self, x):
        return self.model(x).softmax(1)


model = WithSoftmax(ConvNet().eval())
torch.onnx.export(model, torch.randn(2, 3, 16, 16), "model.onnx", dynamo=True)
