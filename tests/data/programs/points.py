# %% pointnet tnet right: STN3d() (4, 3, 128)
class STN3d(nn.Module):
    def __init__(self):
        super(STN3d, self).__init__()
        self.conv1 = torch.nn.Conv1d(3, 64, 1)
        self.conv2 = torch.nn.Conv1d(64, 1024, 1)
        self.fc1 = nn.Linear(1024, 512)
        self.fc2 = nn.Linear(512, 9)
        self.relu = nn.ReLU()
        self.bn1 = nn.BatchNorm1d(64)
        self.bn2 = nn.BatchNorm1d(1024)
        self.bn3 = nn.BatchNorm1d(512)

    def forward(self, x):
        batchsize = x.size()[0]
        x = F.relu(self.bn1(self.conv1(x)))
        x = F.relu(self.bn2(self.conv2(x)))
        x = torch.max(x, 2, keepdim=True)[0]
        x = x.view(-1, 1024)
        x = F.relu(self.bn3(self.fc1(x)))
        x = self.fc2(x)
        iden = torch.eye(3).view(1, 9).repeat(batchsize, 1)
        return (x + iden).view(-1, 3, 3)


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


# %% pointnet2 multi scale right: Msg(3, [[16, 32], [16, 64]]) (2, 3, 16, 8)
class Msg(nn.Module):
    def __init__(self, in_channel, mlp_list):
        super().__init__()
        self.conv_blocks = nn.ModuleList()
        self.bn_blocks = nn.ModuleList()
        for i in range(len(mlp_list)):
            convs = nn.ModuleList()
            bns = nn.ModuleList()
            last_channel = in_channel
            for out_channel in mlp_list[i]:
                convs.append(nn.Conv2d(last_channel, out_channel, 1))
                bns.append(nn.BatchNorm2d(out_channel))
                last_channel = out_channel
            self.conv_blocks.append(convs)
            self.bn_blocks.append(bns)

    def forward(self, grouped):
        out = []
        for i in range(len(self.conv_blocks)):
            x = grouped
            for j in range(len(self.conv_blocks[i])):
                conv = self.conv_blocks[i][j]
                bn = self.bn_blocks[i][j]
                x = F.relu(bn(conv(x)))
            out.append(torch.max(x, 2)[0])
        return torch.cat(out, dim=1)


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
