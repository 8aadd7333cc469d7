# needs: timm
import timm
import torch

model = timm.create_model("mobilenetv3_small_050", pretrained=False).eval()
torch.onnx.export(model, torch.randn(2, 3, 64, 64), "m.onnx", dynamo=True)
