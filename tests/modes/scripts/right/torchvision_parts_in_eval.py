# needs: torchvision
import torch
import torchvision

model = torchvision.models.resnet18(weights=None)
for part in model.children():
    part.eval()
torch.export.export(model, (torch.randn(2, 3, 16, 16),))
