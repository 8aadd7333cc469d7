import torch
from torch import nn
from nets import ResNet


model = nn.DataParallel(ResNet())
model.eval()
model = model.module
torch.onnx.export(model, torch.randn(2, 3, 16, 16), "model.onnx", dynamo=True)
