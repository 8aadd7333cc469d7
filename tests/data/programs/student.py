# %% lenet wrong second: Net() (2, 1, 28, 28)
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 32, 3)
        self.bn1 = nn.BatchNorm2d(32)
        self.conv2 = nn.Conv2d(32, 64, 3)
        self.bn2 = nn.BatchNorm2d(32)  # BN101

    def forward(self, x):
        x = F.relu(self.bn1(self.conv1(x)))
        return F.relu(self.bn2(self.conv2(x)))


# %% flatten then wrong bn1d: Net(3) (2, 3, 32, 32)
class Net(nn.Module):
    def __init__(self, in_ch):
        super().__init__()
        self.features = nn.Sequential(nn.Conv2d(in_ch, 16, 3, padding=1), nn.ReLU(), nn.AdaptiveAvgPool2d((4, 4)))
        self.head = nn.Sequential(nn.Flatten(), nn.BatchNorm1d(16), nn.Linear(256, 10))  # BN101

    def forward(self, x):
        return self.head(self.features(x))


# %% bn2d after linear: Net() (4, 8)
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(8, 16)
        self.bn = nn.BatchNorm2d(16)  # BN102

    def forward(self, x):
        return self.bn(self.fc(x.view(x.size(0), -1)))


# %% block never used, symbolic mismatch: Block(8, 16) (2, 8, 8, 8)
class Block(nn.Module):
    def __init__(self, in_planes, planes):
        super().__init__()
        self.conv = nn.Conv2d(in_planes, planes * 4, 1)
        self.bn = nn.BatchNorm2d(planes)  # BN101

    def forward(self, x):
        return self.bn(self.conv(x))


# %% preact wrong after cat: Net() (2, 3, 16, 16)
class Bottleneck(nn.Module):
    def __init__(self, in_planes, growth_rate):
        super().__init__()
        self.bn1 = nn.BatchNorm2d(in_planes)  # BN101
        self.conv1 = nn.Conv2d(in_planes, growth_rate, kernel_size=3, padding=1, bias=False)

    def forward(self, x):
        out = self.conv1(F.relu(self.bn1(x)))
        return torch.cat([out, x], 1)


class Net(nn.Module):
    def __init__(self, growth_rate=12, n=3):
        super().__init__()
        num_planes = 2 * growth_rate
        self.conv1 = nn.Conv2d(3, num_planes, 3, padding=1)
        layers = []
        for i in range(n):
            layers.append(Bottleneck(num_planes, growth_rate))
        self.dense = nn.Sequential(*layers)

    def forward(self, x):
        return self.dense(self.conv1(x))


# %% script with train loop wrong: Net(64) (4, 3, 8, 8)
class Net(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.c = nn.Conv2d(3, width, 3)
        self.b = nn.BatchNorm2d(48)  # BN101

    def forward(self, x):
        return self.b(self.c(x))


def train(model, data):
    for x, y in data:
        out = model(x)


def main():
    model = Net(width=64)
    print(model)


if __name__ == '__main__':
    main()


# %% class attribute config wrong: Net() (2, 1, 8, 8)
class Net(nn.Module):
    def __init__(self, chans=(1, 8, 16, 32)):
        super().__init__()
        self.convs = nn.ModuleList([nn.Conv2d(a, b, 3, padding=1) for a, b in zip(chans, chans[1:])])
        self.bns = nn.ModuleList([nn.BatchNorm2d(b) for b in chans[:-1]])  # BN101

    def forward(self, x):
        for i, conv in enumerate(self.convs):
            x = F.relu(self.bns[i](conv(x)))
        return x


# %% setattr getattr wrong: Net() (2, 3, 8, 8)
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        for i, (a, b) in enumerate([(3, 8), (8, 16)]):
            setattr(self, f'conv{i}', nn.Conv2d(a, b, 3, padding=1))
            setattr(self, 'bn%d' % i, nn.BatchNorm2d(b * 2 if i else b))  # BN101

    def forward(self, x):
        for i in range(2):
            x = getattr(self, f'bn{i}')(getattr(self, f'conv{i}')(x))
        return x


# %% vgg from a list wrong: VGG('A') (2, 3, 32, 32)
cfg = {'A': [64, 'M', 128, 'M'], 'B': [64, 64, 'M']}


class VGG(nn.Module):
    def __init__(self, vgg_name):
        super().__init__()
        self.features = self._make_layers(cfg[vgg_name])

    def forward(self, x):
        return self.features(x)

    def _make_layers(self, cfg):
        layers = []
        in_channels = 3
        for x in cfg:
            if x == 'M':
                layers += [nn.MaxPool2d(2)]
            else:
                layers += [nn.Conv2d(in_channels, x, 3, padding=1),
                           nn.BatchNorm2d(in_channels),  # BN101
                           nn.ReLU(True)]
                in_channels = x
        return nn.Sequential(*layers)


# %% argparse wrong: MLP(args) (4, 20)
import argparse

parser = argparse.ArgumentParser()
parser.add_argument("--hidden", type=int, default=256)
parser.add_argument("--layers", default="3", type=int)
parser.add_argument("--in-dim", type=int, default=20)
parser.add_argument("--bn", action="store_false")
args = parser.parse_args([])


class MLP(nn.Module):
    def __init__(self, args):
        super().__init__()
        self.layers, self.norms = nn.ModuleList(), nn.ModuleList()
        d = args.in_dim
        for _ in range(args.layers):
            self.layers.append(nn.Linear(d, args.hidden))
            self.norms.append(nn.BatchNorm1d(args.in_dim))  # BN101
            d = args.hidden

    def forward(self, x):
        x = x.flatten(1)
        for layer, norm in zip(self.layers, self.norms):
            x = F.relu(norm(layer(x)))
        return x


model = MLP(args)


# %% last state of a GRU wrong: Net() (2, 64, 9)
class Net(nn.Module):
    def __init__(self, mels=64, hidden=128):
        super().__init__()
        self.norm = nn.BatchNorm1d(mels)
        self.conv = nn.Conv2d(1, 16, 3, padding=1)
        self.gru = nn.GRU(16 * (mels // 4), hidden, batch_first=True)
        self.last = nn.BatchNorm1d(mels)  # BN101

    def forward(self, x):
        x = F.max_pool2d(self.conv(self.norm(x).unsqueeze(1)), (4, 1)).permute(0, 3, 1, 2)
        _, h = self.gru(x.reshape(x.size(0), x.size(1), -1))
        return self.last(h[-1])
