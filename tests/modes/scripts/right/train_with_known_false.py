import torch
from nets import ConvNet

TRAINING = False
model = ConvNet()
model.train(mode=TRAINING)
torch.onnx.export(model, torch.randn(2, 3, 16, 16), "model.onnx", dynamo=True)
