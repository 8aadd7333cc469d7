# needs: torchvision
import torch
from torchvision.models import get_model

net = get_model("mobilenet_v3_small", weights=None, num_classes=4)
program = torch.export.export(net, (torch.randn(2, 3, 64, 64),))  # expect: BN201
