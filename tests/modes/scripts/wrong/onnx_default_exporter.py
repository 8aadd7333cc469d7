import torch
from nets import ResNet
import torch.nn as nn


net = ResNet(width=16)
torch.onnx.export(net, (torch.randn(2, 3, 32, 32),), "resnet.onnx", opset_version=18)  # expect: BN201
