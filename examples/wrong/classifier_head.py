"""A head that flattens before a BatchNorm for feature maps."""

from torch import nn


class Classifier(nn.Module):
    def __init__(self, num_classes=10):
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(1, 32, 3),
            nn.BatchNorm1d(32),  # BN102: the input is a feature map
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Flatten(),
        )
        self.head = nn.Sequential(
            nn.Linear(32 * 13 * 13, 128),
            nn.BatchNorm2d(128),  # and, once that is mended, BN102: the input is (N, C)
            nn.Linear(128, num_classes),
        )

    def forward(self, x):
        return self.head(self.features(x))
