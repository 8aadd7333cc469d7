# needs: timm
import timm
import torch
from timm.utils.onnx import onnx_export

model = timm.create_model("mobilenetv3_small_050", pretrained=False)
onnx_export(model, "m.onnx", example_input=torch.randn(1, 3, 64, 64), check=False)
