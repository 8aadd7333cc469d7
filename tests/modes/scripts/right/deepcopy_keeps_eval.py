import copy

import torch
from nets import ConvNet

model = copy.deepcopy(ConvNet().eval())
torch.export.export(model, (torch.randn(2, 3, 16, 16),))
