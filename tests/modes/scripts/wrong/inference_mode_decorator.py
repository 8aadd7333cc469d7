import torch
from torch import nn
from nets import Mlp


@torch.inference_mode()  # expect: BN211
def export(path):
    model = Mlp()
    program = torch.export.export(model, (torch.randn(4, 8),))  # expect: BN201
    torch.export.save(program, path)


if __name__ == "__main__":
    export("mlp.pt2")
