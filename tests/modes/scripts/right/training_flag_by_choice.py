import argparse

import torch
from nets import ConvNet

parser = argparse.ArgumentParser()
parser.add_argument("--train", action="store_true")
args = parser.parse_args([])
mode = torch.onnx.TrainingMode.TRAINING if args.train else torch.onnx.TrainingMode.EVAL
torch.onnx.export(ConvNet().eval(), torch.randn(1, 3, 16, 16), "m.onnx", training=mode, dynamo=False)
