import torch
from nets import ConvNet
from torch2trt import torch2trt


model = ConvNet()
x = torch.ones((1, 3, 32, 32))
model_trt = torch2trt(model, [x])  # expect: BN201
torch.save(model_trt.state_dict(), "trt.pth")
