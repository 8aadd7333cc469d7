import litert_torch
import torch
from torch import nn
from nets import Mlp


edge_model = litert_torch.convert(Mlp(), (torch.randn(4, 8),))  # expect: BN201
edge_model.export("mlp.tflite")
