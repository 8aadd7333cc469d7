import torch
from nets import ConvNet

model = ConvNet()
model.load_state_dict(model.state_dict())
model.eval  # expect: BN202
torch.onnx.export(model, torch.randn(1, 3, 32, 32), "model.onnx", dynamo=True)  # expect: BN201
