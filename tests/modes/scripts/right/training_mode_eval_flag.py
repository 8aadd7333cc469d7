import torch
from nets import ConvNet

model = ConvNet().eval()
torch.onnx.export(model, torch.randn(1, 3, 16, 16), "m.onnx", training=torch.onnx.TrainingMode.EVAL, dynamo=False)
