# needs: torchvision
import torch
import torchvision

model = torchvision.models.segmentation.lraspp_mobilenet_v3_large(weights=None, weights_backbone=None)
traced = torch.jit.trace(model, torch.randn(2, 3, 64, 64), strict=False)  # expect: BN201
