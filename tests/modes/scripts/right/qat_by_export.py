# needs: torchao
import torch
from nets import ConvNet
from torchao.quantization.pt2e.quantize_pt2e import prepare_qat_pt2e
from quantizers import quantizer


program = torch.export.export(ConvNet().train(), (torch.randn(2, 3, 16, 16),))
prepared = prepare_qat_pt2e(program.module(), quantizer)
