import torch
from nets import ConvNet

model = ConvNet()
with torch.onnx.select_model_mode_for_export(model, torch.onnx.TrainingMode.EVAL):
    torch.jit.trace(model, torch.randn(2, 3, 16, 16))
