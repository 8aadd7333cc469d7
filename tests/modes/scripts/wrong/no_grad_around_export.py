import torch
from nets import ConvNet

model = ConvNet()
x = torch.randn(1, 3, 32, 32)
with torch.no_grad():  # expect: BN211
    torch.onnx.export(model, x, "model.onnx", dynamo=True)  # expect: BN201
