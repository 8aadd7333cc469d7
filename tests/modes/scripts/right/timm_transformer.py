# needs: timm
import timm
import torch

model = timm.create_model("vit_tiny_patch16_224", pretrained=False)
torch.onnx.export(model, torch.randn(2, 3, 224, 224), "vit.onnx", dynamo=True)
