import torch
from torch import nn


class Mlp(nn.Module):
    def __init__(self, width=16):
        super().__init__()
        self.fc1 = nn.Linear(8, width)
        self.bn = nn.BatchNorm1d(width)
        self.fc2 = nn.Linear(width, 4)

    def forward(self, x):
        return self.fc2(torch.relu(self.bn(self.fc1(x))))


@torch.inference_mode()  # expect: BN211
def export(path):
    model = Mlp()
    program = torch.export.export(model, (torch.randn(4, 8),))  # expect: BN201
    torch.export.save(program, path)


if __name__ == "__main__":
    export("mlp.pt2")
