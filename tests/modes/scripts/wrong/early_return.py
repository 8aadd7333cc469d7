import os
import sys

import torch
from nets import ConvNet

def main(argv):
    if len(argv) > 5:
        print("usage: export.py [path]")
        return 2
    path = os.environ.get("MODEL_PATH", "model.pt2")
    model = ConvNet()
    if os.path.exists(path + ".ckpt"):
        model.load_state_dict(torch.load(path + ".ckpt"))
    program = torch.export.export(model, (torch.randn(2, 3, 16, 16),))  # expect: BN201
    torch.export.save(program, path)
    return 0


if __name__ == "__main__":
    main(sys.argv[:1])
