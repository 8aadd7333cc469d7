# %% vnet wrong: VNet() (1, 1, 16, 16, 16)
def passthrough(x, **kwargs):
    return x


class LUConv(nn.Module):
    def __init__(self, nchan, elu):
        super().__init__()
        self.relu1 = nn.ELU(inplace=True) if elu else nn.PReLU(nchan)
        self.conv1 = nn.Conv3d(nchan, nchan, kernel_size=5, padding=2)
        self.bn1 = nn.BatchNorm3d(nchan)

    def forward(self, x):
        return self.relu1(self.bn1(self.conv1(x)))


def _make_nConv(nchan, depth, elu):
    layers = []
    for _ in range(depth):
        layers.append(LUConv(nchan, elu))
    return nn.Sequential(*layers)


class InputTransition(nn.Module):
    def __init__(self, outChans, elu):
        super().__init__()
        self.conv1 = nn.Conv3d(1, 16, kernel_size=5, padding=2)
        self.bn1 = nn.BatchNorm3d(16)

    def forward(self, x):
        out = self.bn1(self.conv1(x))
        x16 = torch.cat((x, x, x, x, x, x, x, x, x, x, x, x, x, x, x, x), 1)
        return torch.add(out, x16)


class DownTransition(nn.Module):
    def __init__(self, inChans, nConvs, elu, dropout=False):
        super().__init__()
        outChans = 2 * inChans
        self.down_conv = nn.Conv3d(inChans, outChans, kernel_size=2, stride=2)
        self.bn1 = nn.BatchNorm3d(inChans)  # BN101
        self.do1 = passthrough
        if dropout:
            self.do1 = nn.Dropout3d()
        self.ops = _make_nConv(outChans, nConvs, elu)

    def forward(self, x):
        down = self.bn1(self.down_conv(x))
        out = self.do1(down)
        return torch.add(self.ops(out), down)


class VNet(nn.Module):
    def __init__(self, elu=True, nll=False):
        super().__init__()
        self.in_tr = InputTransition(16, elu)
        self.down_tr32 = DownTransition(16, 1, elu)

    def forward(self, x):
        return self.down_tr32(self.in_tr(x))


# %% string switched norm, wrong width: Block(8, 16) (2, 8, 8, 8, 8)
def get_norm(name, channels):
    if name == 'bn':
        return nn.BatchNorm3d(channels)  # BN101
    if name == 'gn':
        return nn.GroupNorm(8, channels)
    if name == 'in':
        return nn.InstanceNorm3d(channels)
    raise ValueError(name)


class Block(nn.Module):
    def __init__(self, in_ch, out_ch, norm='bn'):
        super().__init__()
        self.conv = nn.Conv3d(in_ch, out_ch, 3, padding=1)
        self.norm = get_norm(norm, in_ch)

    def forward(self, x):
        return F.relu(self.norm(self.conv(x)))


def build():
    return Block(8, 16)


# %% dimension switched classes wrong: UNet(2) (1, 1, 16, 16)
class Conv(nn.Module):
    def __init__(self, dim, cin, cout):
        super().__init__()
        conv = getattr(nn, f'Conv{dim}d')
        norm = getattr(nn, 'BatchNorm{}d'.format(dim))
        self.block = nn.Sequential(conv(cin, cout, 3, padding=1), norm(cout), nn.ReLU())

    def forward(self, x):
        return self.block(x)


class UNet(nn.Module):
    def __init__(self, dim=3, width=8):
        super().__init__()
        self.a = Conv(dim, 1, width)
        self.b = nn.Sequential(Conv(dim, width, width), nn.BatchNorm3d(width * 2))  # BN101

    def forward(self, x):
        return self.b(self.a(x))


def unet():
    return UNet(3)


# %% nested unet, wrong cat width: Nested(3) (1, 3, 16, 16)
class VGGBlock(nn.Module):
    def __init__(self, in_channels, middle_channels, out_channels):
        super().__init__()
        self.conv1 = nn.Conv2d(in_channels, middle_channels, 3, padding=1)
        self.bn1 = nn.BatchNorm2d(middle_channels)
        self.conv2 = nn.Conv2d(middle_channels, out_channels, 3, padding=1)
        self.bn2 = nn.BatchNorm2d(out_channels)

    def forward(self, x):
        return F.relu(self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x))))))


class Nested(nn.Module):
    def __init__(self, input_channels=3, **kwargs):
        super().__init__()
        nb_filter = [32, 64]
        self.pool = nn.MaxPool2d(2, 2)
        self.up = nn.Upsample(scale_factor=2, mode='bilinear', align_corners=True)
        self.conv0_0 = VGGBlock(input_channels, nb_filter[0], nb_filter[0])
        self.conv1_0 = VGGBlock(nb_filter[0], nb_filter[1], nb_filter[1])
        self.norm = nn.BatchNorm2d(nb_filter[0] * 2 + nb_filter[1])  # BN101

    def forward(self, input):
        x0_0 = self.conv0_0(input)
        x1_0 = self.conv1_0(self.pool(x0_0))
        return self.norm(torch.cat([x0_0, self.up(x1_0)], 1))
