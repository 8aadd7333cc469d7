"""A ResNet for CIFAR-sized images, and how it leaves Python: nothing here for bn-lint to say.

Run it: python examples/right/small_resnet.py
"""

import torch
from torch import nn


class BasicBlock(nn.Module):
    expansion = 1

    def __init__(self, inplanes, planes, stride=1, norm_layer=None):
        super().__init__()
        norm_layer = norm_layer or nn.BatchNorm2d
        self.conv1 = nn.Conv2d(inplanes, planes, 3, stride, 1, bias=False)
        self.bn1 = norm_layer(planes)
        self.conv2 = nn.Conv2d(planes, planes * self.expansion, 3, 1, 1, bias=False)
        self.bn2 = norm_layer(planes * self.expansion)
        self.relu = nn.ReLU(inplace=True)
        self.shortcut = nn.Identity()
        if stride != 1 or inplanes != planes * self.expansion:
            self.shortcut = nn.Sequential(
                nn.Conv2d(inplanes, planes * self.expansion, 1, stride, bias=False),
                norm_layer(planes * self.expansion),
            )

    def forward(self, x):
        out = self.relu(self.bn1(self.conv1(x)))
        out = self.bn2(self.conv2(out))
        return self.relu(out + self.shortcut(x))


class SmallResNet(nn.Module):
    def __init__(self, layers=(2, 2, 2), width=16, num_classes=10):
        super().__init__()
        self.inplanes = width
        self.stem = nn.Sequential(
            nn.Conv2d(3, width, 3, padding=1, bias=False), nn.BatchNorm2d(width), nn.ReLU(inplace=True)
        )
        self.stages = nn.Sequential(
            *(self._make_stage(width * 2**i, depth, 1 if i == 0 else 2) for i, depth in enumerate(layers))
        )
        self.head = nn.Sequential(
            nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.BatchNorm1d(self.inplanes), nn.Linear(self.inplanes, num_classes)
        )

    def _make_stage(self, planes, depth, stride):
        blocks = [BasicBlock(self.inplanes, planes, stride)]
        self.inplanes = planes * BasicBlock.expansion
        blocks += [BasicBlock(self.inplanes, planes) for _ in range(1, depth)]
        return nn.Sequential(*blocks)

    def forward(self, x):
        return self.head(self.stages(self.stem(x)))


def main():
    model = SmallResNet().eval()
    program = torch.export.export(model, (torch.randn(2, 3, 32, 32),))
    print(f"exported {len(program.graph.nodes)} nodes")


if __name__ == "__main__":
    main()
