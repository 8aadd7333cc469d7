# raises: AssertionError
import torch
from torch import nn
from nets import ConvNet
from torch.nn.utils.fusion import fuse_conv_bn_eval


model = ConvNet()
model.conv = fuse_conv_bn_eval(model.conv, model.bn)  # expect: BN206
model.bn = nn.Identity()
