import torch
from nets import ConvNet

model = ConvNet()
net = model
net.eval()
torch.onnx.export(model, torch.randn(2, 3, 16, 16), "model.onnx", dynamo=True)
