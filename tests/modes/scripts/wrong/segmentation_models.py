# needs: segmentation_models_pytorch
import segmentation_models_pytorch as smp
import torch

model = smp.Unet("resnet18", encoder_weights=None, classes=1)
torch.onnx.export(model, torch.randn(1, 3, 64, 64), "unet.onnx", dynamo=True)  # expect: BN201
