import torch
from torch import nn
from nets import ConvNet
from torch.nn.utils.fusion import fuse_conv_bn_eval


model = ConvNet().eval()
model.conv = fuse_conv_bn_eval(model.conv, model.bn)
model.bn = nn.Identity()
torch.export.export(model, (torch.randn(2, 3, 16, 16),))
