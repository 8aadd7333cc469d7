# %% m5 right: M5() (2, 1, 8000)
class M5(nn.Module):
    def __init__(self, n_input=1, n_output=35, stride=16, n_channel=32):
        super().__init__()
        self.conv1 = nn.Conv1d(n_input, n_channel, kernel_size=80, stride=stride)
        self.bn1 = nn.BatchNorm1d(n_channel)
        self.pool1 = nn.MaxPool1d(4)
        self.conv2 = nn.Conv1d(n_channel, 2 * n_channel, kernel_size=3)
        self.bn2 = nn.BatchNorm1d(2 * n_channel)
        self.pool2 = nn.MaxPool1d(4)
        self.fc1 = nn.Linear(2 * n_channel, n_output)

    def forward(self, x):
        x = self.pool1(F.relu(self.bn1(self.conv1(x))))
        x = self.pool2(F.relu(self.bn2(self.conv2(x))))
        x = F.avg_pool1d(x, x.shape[-1])
        x = x.permute(0, 2, 1)
        return F.log_softmax(self.fc1(x), dim=2)


# %% m5 wrong: M5() (2, 1, 8000)
class M5(nn.Module):
    def __init__(self, n_input=1, n_channel=32):
        super().__init__()
        self.conv1 = nn.Conv1d(n_input, n_channel, kernel_size=80, stride=16)
        self.bn1 = nn.BatchNorm1d(n_channel)
        self.conv2 = nn.Conv1d(n_channel, 2 * n_channel, kernel_size=3)
        self.bn2 = nn.BatchNorm1d(n_channel)  # BN101

    def forward(self, x):
        x = F.relu(self.bn1(self.conv1(x)))
        return F.relu(self.bn2(self.conv2(x)))


# %% bn2d on a sequence: Tdnn() (2, 24, 100)
class Tdnn(nn.Module):
    def __init__(self, feat=24):
        super().__init__()
        self.net = nn.Sequential(nn.Conv1d(feat, 512, 5, dilation=1), nn.ReLU(), nn.BatchNorm2d(512))  # BN102

    def forward(self, x):
        return self.net(x)


# %% tdnn with statistics pooling right: XVector() (2, 24, 200)
class XVector(nn.Module):
    def __init__(self, input_dim=24, emb=512):
        super().__init__()
        self.frame = nn.Sequential(
            nn.Conv1d(input_dim, 512, 5), nn.ReLU(), nn.BatchNorm1d(512),
            nn.Conv1d(512, 1500, 1), nn.ReLU(), nn.BatchNorm1d(1500),
        )
        self.fc = nn.Linear(3000, emb)
        self.bn = nn.BatchNorm1d(emb)

    def forward(self, x):
        x = self.frame(x)
        mean = x.mean(dim=2)
        std = torch.sqrt(x.var(dim=2) + 1e-5)
        x = torch.cat((mean, std), dim=1)
        return self.bn(self.fc(x))


# %% statistics pooling wrong: XVector() (2, 24, 200)
class StatsPool(nn.Module):
    def forward(self, x):
        return torch.cat([x.mean(-1), x.std(-1)], dim=-1)


class XVector(nn.Module):
    def __init__(self, c=1500):
        super().__init__()
        self.conv = nn.Conv1d(24, c, 5)
        self.pool = StatsPool()
        self.bn = nn.BatchNorm1d(c)  # BN101

    def forward(self, x):
        return self.bn(self.pool(self.conv(x)))


# %% res2net split right: Bottle2neck(64, 64) (2, 64, 30)
import math


class Bottle2neck(nn.Module):
    def __init__(self, inplanes, planes, kernel_size=3, dilation=2, scale=8):
        super().__init__()
        width = int(math.floor(planes / scale))
        self.conv1 = nn.Conv1d(inplanes, width * scale, kernel_size=1)
        self.bn1 = nn.BatchNorm1d(width * scale)
        self.nums = scale - 1
        convs = []
        bns = []
        num_pad = math.floor(kernel_size / 2) * dilation
        for i in range(self.nums):
            convs.append(nn.Conv1d(width, width, kernel_size=kernel_size, dilation=dilation, padding=num_pad))
            bns.append(nn.BatchNorm1d(width))
        self.convs = nn.ModuleList(convs)
        self.bns = nn.ModuleList(bns)
        self.conv3 = nn.Conv1d(width * scale, planes, kernel_size=1)
        self.bn3 = nn.BatchNorm1d(planes)
        self.width = width

    def forward(self, x):
        out = self.bn1(F.relu(self.conv1(x)))
        spx = torch.split(out, self.width, 1)
        for i in range(self.nums):
            sp = spx[i] if i == 0 else sp + spx[i]
            sp = self.bns[i](F.relu(self.convs[i](sp)))
            out = sp if i == 0 else torch.cat((out, sp), 1)
        out = torch.cat((out, spx[self.nums]), 1)
        return self.bn3(F.relu(self.conv3(out))) + x


# %% crnn with lstm wrong: CRNN() (2, 1, 64, 100)
class CRNN(nn.Module):
    def __init__(self, hidden=128):
        super().__init__()
        self.conv = nn.Sequential(nn.Conv2d(1, 32, 3, padding=1), nn.BatchNorm2d(32), nn.ReLU(), nn.MaxPool2d((2, 1)))
        self.rnn = nn.LSTM(32 * 32, hidden, bidirectional=True, batch_first=True)
        self.bn = nn.BatchNorm1d(hidden)  # BN101
        self.fc = nn.Linear(2 * hidden, 10)

    def forward(self, x):
        x = self.conv(x)
        b, c, f, t = x.shape
        x = x.permute(0, 3, 1, 2).reshape(b, t, c * f)
        x, _ = self.rnn(x)
        x = x[:, -1, :]
        return self.fc(self.bn(x))


# %% channels last sequence: Net() (2, 100, 40)
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.rnn = nn.GRU(40, 64, batch_first=True)
        self.fc = nn.Linear(64, 32)
        self.bn = nn.BatchNorm1d(32)

    def forward(self, x):
        x, _ = self.rnn(x)
        x = self.fc(x)
        return self.bn(x.transpose(1, 2)).transpose(1, 2)
