# needs: torchvision
import torch
import torchvision.models as models

model = models.resnet18(weights=None)
model.fc = torch.nn.Linear(model.fc.in_features, 5)
torch.onnx.export(model, torch.randn(1, 3, 64, 64), "resnet18.onnx", dynamo=True)  # expect: BN201
