import argparse

import torch
from nets import ConvNet

parser = argparse.ArgumentParser()
parser.add_argument("--train", action="store_true")
args = parser.parse_args([])
model = ConvNet()
model.train(args.train)
torch.export.export(model, (torch.randn(2, 3, 16, 16),))
