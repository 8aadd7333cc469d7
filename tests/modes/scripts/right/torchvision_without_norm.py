# needs: torchvision
import torch
from torchvision.models import alexnet

net = alexnet(weights=None)
torch.export.export(net, (torch.randn(2, 3, 224, 224),))
