import os

import torch
from nets import ConvNet

model = ConvNet()
if os.environ.get("HALF"):
    model.half().float()
    model.eval()
else:
    model.eval()
torch.export.export(model, (torch.randn(2, 3, 16, 16),))
