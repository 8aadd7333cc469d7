import torch
from nets import ConvNet

model = ConvNet()
model.train()
model(torch.randn(4, 3, 16, 16)).sum().backward()
model.eval()
torch.onnx.export(model, torch.randn(2, 3, 16, 16), "model.onnx", dynamo=True)
