"""Export a freshly built classifier."""
import torch
from nets import ConvNet

model = ConvNet()
dummy = torch.randn(1, 3, 32, 32)
torch.onnx.export(model, dummy, "convnet.onnx", input_names=["image"], output_names=["logits"], dynamo=True)  # expect: BN201
