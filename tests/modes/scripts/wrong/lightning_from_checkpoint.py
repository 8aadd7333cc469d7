# needs: lightning
import lightning as L
import torch
from torch import nn


class LitNet(L.LightningModule):
    def __init__(self, width=16):
        super().__init__()
        self.save_hyperparameters()
        self.fc = nn.Linear(8, 16)
        self.bn = nn.BatchNorm1d(16)

    def forward(self, x):
        return self.bn(self.fc(x))


def main():
    model = LitNet.load_from_checkpoint("last.ckpt", map_location="cpu")
    torch.export.export(model, (torch.randn(4, 8),))  # expect: BN201


if __name__ == "__main__":
    main()
