import copy

import torch
from nets import ConvNet

model = ConvNet()
best = copy.deepcopy(model)
best.eval()
torch.onnx.export(model, torch.randn(1, 3, 32, 32), "best.onnx", dynamo=True)  # expect: BN201
