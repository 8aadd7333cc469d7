import torch
from nets import ConvNet
from torch.onnx import TrainingMode


model = ConvNet()
torch.onnx.export(model, torch.randn(2, 3, 16, 16), "m.onnx", training=TrainingMode.PRESERVE, dynamo=False)  # expect: BN205
