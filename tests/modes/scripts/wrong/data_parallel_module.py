import torch
from torch import nn
from nets import ResNet


model = nn.DataParallel(ResNet())
torch.onnx.export(model.module, torch.randn(2, 3, 16, 16), "resnet.onnx", dynamo=True)  # expect: BN201
