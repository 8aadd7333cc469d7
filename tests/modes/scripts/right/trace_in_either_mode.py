import argparse

import torch
from torch import nn
from nets import Mlp


parser = argparse.ArgumentParser()
parser.add_argument("--eval", action="store_true", default=True)
args = parser.parse_args([])
model = Mlp()
model.train(not args.eval)
traced = torch.jit.trace(model, torch.randn(4, 8))
traced.eval()
