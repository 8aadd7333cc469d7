# %% dcgan generator wrong: Generator(0) (2, 100, 1, 1)
nz, ngf = 100, 64


class Generator(nn.Module):
    def __init__(self, ngpu):
        super().__init__()
        self.ngpu = ngpu
        self.main = nn.Sequential(
            nn.ConvTranspose2d(nz, ngf * 8, 4, 1, 0, bias=False),
            nn.BatchNorm2d(ngf * 8),
            nn.ReLU(True),
            nn.ConvTranspose2d(ngf * 8, ngf * 4, 4, 2, 1, bias=False),
            nn.BatchNorm2d(ngf * 8),  # BN101
        )

    def forward(self, input):
        if input.is_cuda and self.ngpu > 1:
            return nn.parallel.data_parallel(self.main, input, range(self.ngpu))
        return self.main(input)


# %% mlp gan wrong: Generator() (4, 100)
class Generator(nn.Module):
    def __init__(self):
        super().__init__()

        def block(in_feat, out_feat, normalize=True):
            layers = [nn.Linear(in_feat, out_feat)]
            if normalize:
                layers.append(nn.BatchNorm1d(in_feat, 0.8))  # BN101
            layers.append(nn.LeakyReLU(0.2, inplace=True))
            return layers

        self.model = nn.Sequential(*block(100, 128, normalize=False), *block(128, 256), *block(256, 512))

    def forward(self, z):
        return self.model(z)


# %% upsampling generator with argparse wrong: Generator() (2, 100)
import argparse

parser = argparse.ArgumentParser()
parser.add_argument("--latent_dim", type=int, default=100)
parser.add_argument("--img_size", type=int, default=32)
opt = parser.parse_args([])


class Generator(nn.Module):
    def __init__(self):
        super().__init__()
        self.init_size = opt.img_size // 4
        self.l1 = nn.Sequential(nn.Linear(opt.latent_dim, 128 * self.init_size ** 2))
        self.conv_blocks = nn.Sequential(
            nn.BatchNorm2d(256),  # BN101
            nn.Upsample(scale_factor=2),
            nn.Conv2d(128, 128, 3, stride=1, padding=1),
        )

    def forward(self, z):
        out = self.l1(z)
        out = out.view(out.shape[0], 128, self.init_size, self.init_size)
        return self.conv_blocks(out)


# %% conditional gan, label embedding, wrong: G() (2, 10)
class G(nn.Module):
    def __init__(self, n_classes=10, code=62):
        super().__init__()
        self.fc = nn.Sequential(nn.Linear(n_classes, 1024), nn.BatchNorm1d(1024), nn.ReLU())
        self.fc2 = nn.Sequential(
            nn.Linear(1024, 128 * 7 * 7),
            nn.BatchNorm1d(128 * 7),  # BN101
        )

    def forward(self, x):
        return self.fc2(self.fc(x)).view(-1, 128, 7, 7)


# %% residual generator with norm factory wrong: define_G('batch') (2, 3, 32, 32)
import functools


def get_norm_layer(norm_type='instance'):
    if norm_type == 'batch':
        norm_layer = functools.partial(nn.BatchNorm2d, affine=True, track_running_stats=True)
    elif norm_type == 'instance':
        norm_layer = functools.partial(nn.InstanceNorm2d, affine=False, track_running_stats=False)
    elif norm_type == 'none':
        def norm_layer(x):
            return nn.Identity()
    else:
        raise NotImplementedError('normalization layer [%s] is not found' % norm_type)
    return norm_layer


class ResnetGenerator(nn.Module):
    def __init__(self, input_nc, output_nc, ngf=64, norm_layer=nn.BatchNorm2d, n_blocks=2):
        assert n_blocks >= 0
        super().__init__()
        if type(norm_layer) == functools.partial:
            use_bias = norm_layer.func == nn.InstanceNorm2d
        else:
            use_bias = norm_layer == nn.InstanceNorm2d
        model = [nn.ReflectionPad2d(3), nn.Conv2d(input_nc, ngf, kernel_size=7, padding=0, bias=use_bias),
                 norm_layer(ngf), nn.ReLU(True)]
        n_downsampling = 2
        for i in range(n_downsampling):
            mult = 2 ** i
            model += [nn.Conv2d(ngf * mult, ngf * mult * 2, kernel_size=3, stride=2, padding=1, bias=use_bias),
                      norm_layer(ngf * mult),  # BN101
                      nn.ReLU(True)]
        self.model = nn.Sequential(*model)

    def forward(self, input):
        return self.model(input)


def define_G(norm='batch'):
    norm_layer = get_norm_layer(norm_type=norm)
    return ResnetGenerator(3, 3, 64, norm_layer=norm_layer, n_blocks=6)
