# raises: AssertionError
import torch
from nets import ConvNet
from torch.ao.quantization import get_default_qconfig_mapping
from torch.ao.quantization.quantize_fx import prepare_fx


model = ConvNet()
prepared = prepare_fx(model, get_default_qconfig_mapping("x86"), (torch.randn(2, 3, 16, 16),))  # expect: BN206
