import torch
from nets import ConvNet

model = ConvNet()
model.eval()
torch.onnx.export(model, torch.randn(2, 3, 16, 16), "model.onnx", dynamo=True)
