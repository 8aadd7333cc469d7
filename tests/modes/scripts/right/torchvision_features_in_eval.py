# needs: torchvision
import torch
import torchvision

backbone = torchvision.models.mobilenet_v2(weights=None).features
backbone.eval()
torch.export.export(backbone, (torch.randn(2, 3, 64, 64),))
