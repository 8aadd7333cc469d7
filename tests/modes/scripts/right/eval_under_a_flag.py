import argparse

import torch
from nets import ConvNet

parser = argparse.ArgumentParser()
parser.add_argument("--eval", action="store_true", default=True)
args = parser.parse_args([])
model = ConvNet()
if args.eval:
    model.eval()
torch.export.export(model, (torch.randn(2, 3, 16, 16),))
