import torch
from nets import ConvNet

model = ConvNet()
torch.onnx.export(model, torch.randn(1, 3, 16, 16), "model.onnx", dynamo=False)
