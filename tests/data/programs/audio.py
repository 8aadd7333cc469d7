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
