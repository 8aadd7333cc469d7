# needs: torchvision
import torch
import torchvision.models as models

model = models.resnet18(weights=None)
model.eval()
torch.onnx.export(model, torch.randn(2, 3, 16, 16), "model.onnx", dynamo=True)
