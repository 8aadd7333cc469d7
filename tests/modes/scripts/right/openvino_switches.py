import openvino
import torch
from nets import ConvNet

ov_model = openvino.convert_model(ConvNet(), example_input=torch.randn(1, 3, 16, 16))
openvino.save_model(ov_model, "net.xml")
