import copy

import torch
from nets import ConvNet

model = ConvNet()
exported = copy.deepcopy(model)
exported.eval()
torch.export.export(exported, (torch.randn(2, 3, 16, 16),))
