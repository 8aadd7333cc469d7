# %% pointnet feature wrong: PointNetfeat() (4, 3, 128)
class STN3d(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv1d(3, 64, 1)
        self.fc = nn.Linear(64, 9)

    def forward(self, x):
        x = torch.max(self.conv1(x), 2, keepdim=True)[0]
        return self.fc(x.view(-1, 64)).view(-1, 3, 3)


class PointNetfeat(nn.Module):
    def __init__(self, global_feat=True):
        super().__init__()
        self.stn = STN3d()
        self.conv1 = nn.Conv1d(3, 64, 1)
        self.bn1 = nn.BatchNorm1d(64)
        self.conv2 = nn.Conv1d(64, 128, 1)
        self.bn2 = nn.BatchNorm1d(64)  # BN101
        self.global_feat = global_feat

    def forward(self, x):
        n_pts = x.size()[2]
        trans = self.stn(x)
        x = x.transpose(2, 1)
        x = torch.bmm(x, trans)
        x = x.transpose(2, 1)
        x = F.relu(self.bn1(self.conv1(x)))
        pointfeat = x
        x = self.bn2(self.conv2(x))
        x = torch.max(x, 2, keepdim=True)[0]
        x = x.view(-1, 128)
        if self.global_feat:
            return x, trans
        x = x.view(-1, 128, 1).repeat(1, 1, n_pts)
        return torch.cat([x, pointfeat], 1), trans


# %% pointnet2 mlp lists wrong: SA(3, [32, 64]) (2, 3, 16, 8)
class SA(nn.Module):
    def __init__(self, in_channel, mlp):
        super().__init__()
        self.mlp_convs = nn.ModuleList()
        self.mlp_bns = nn.ModuleList()
        last_channel = in_channel
        for out_channel in mlp:
            self.mlp_convs.append(nn.Conv2d(last_channel, out_channel, 1))
            self.mlp_bns.append(nn.BatchNorm2d(last_channel))  # BN101
            last_channel = out_channel

    def forward(self, new_points):
        for i, conv in enumerate(self.mlp_convs):
            bn = self.mlp_bns[i]
            new_points = F.relu(bn(conv(new_points)))
        return torch.max(new_points, 2)[0]


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.sa1 = SA(in_channel=3, mlp=[32, 64])

    def forward(self, x):
        return self.sa1(x)


# %% dgcnn edge conv wrong: DGCNN() (2, 6, 64, 8)
class DGCNN(nn.Module):
    def __init__(self, args=None):
        super().__init__()
        self.bn1 = nn.BatchNorm2d(64)
        self.bn2 = nn.BatchNorm2d(64)  # BN101
        self.conv1 = nn.Sequential(nn.Conv2d(6, 64, kernel_size=1, bias=False), self.bn1, nn.LeakyReLU(0.2))
        self.conv2 = nn.Sequential(nn.Conv2d(64, 128, kernel_size=1, bias=False), self.bn2)

    def forward(self, x):
        return self.conv2(self.conv1(x))
