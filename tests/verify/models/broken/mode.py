"""BatchNorm that is not in eval mode after `model.eval()`, and models that an export call gets in training mode."""

import torch
import torch.nn.functional as F
from torch import nn


#: --exporter torchscript | eager | BN906 | a plain list, tuple or dict holds it
#: --exporter torchscript | export | BN902 | Cannot insert a Tensor that requires grad as a constant
class PlainList(nn.Module):
    def __init__(self):
        super().__init__()
        self.convs = nn.ModuleList([nn.Conv2d(3, 8, 3), nn.Conv2d(8, 8, 3)])
        self.norms = [
            nn.BatchNorm2d(8),  # built
        ]

    def forward(self, x):
        x = self.convs[0](x)
        x = self.norms[0](x)  # called
        return self.convs[1](x)


#: --exporter torchscript | eager | BN906 | is built inside forward
#: --exporter torchscript | build | BN904 | does not support training_mode == 1
class BuiltInForward(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 8, 3)

    def forward(self, x):
        x = self.conv(x)
        norm = nn.BatchNorm2d(x.shape[1])  # built
        return norm(x)  # called


#: --exporter torchscript | eager | BN906 | stays in training mode after model.eval()
#: --exporter torchscript | build | BN904 | does not support training_mode == 1
class TrainOverridden(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 8, 3)
        self.bn = nn.BatchNorm2d(8)  # built

    def train(self, mode=True):
        self.training = mode
        return self

    def forward(self, x):
        return self.bn(self.conv(x))  # called


#: --exporter torchscript | eager | BN906 | batch_norm runs with training=True
#: --exporter torchscript | build | BN904 | does not support training_mode == 1
class FunctionalTraining(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 8, 3)
        self.register_buffer("mean", torch.zeros(8))
        self.register_buffer("var", torch.ones(8))

    def forward(self, x):
        return F.batch_norm(self.conv(x), self.mean, self.var, training=True)  # called


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 8, 3)
        self.bn = nn.BatchNorm2d(8)

    def forward(self, x):
        return self.bn(self.conv(x))


def forgotten():
    model = Net()
    x = torch.randn(1, 3, 32, 32)
    #: | import | BN906 | torch.export.export gets the model in training mode: 1 of 1 BatchNorm layers
    return torch.export.export(model, (x,))


def without_parentheses(path="model.onnx"):
    model = Net()
    model.eval  # noqa: B018
    #: | import | BN906 | torch.onnx.export gets the model in training mode
    torch.onnx.export(model, (torch.randn(1, 3, 32, 32),), path)


def no_grad_taken_for_eval(path="model.onnx"):
    model = Net()
    with torch.no_grad():
        #: | import | BN906 | gets the model in training mode
        torch.onnx.export(model, (torch.randn(1, 3, 32, 32),), path)


def train_after_eval():
    model = Net().eval()
    model.train()
    #: | import | BN906 | torch.jit.trace gets the model in training mode
    return torch.jit.trace(model, torch.randn(1, 3, 32, 32))


def the_exporter_switches(path="model.onnx"):
    model = Net()
    #: | passed
    torch.onnx.export(model, (torch.randn(1, 3, 32, 32),), path, dynamo=False)


def eval_before():
    model = Net().eval()
    #: | passed
    return torch.export.export(model, (torch.randn(1, 3, 32, 32),))


if __name__ == "__main__":
    net = Net()
    net.eval()
    net.bn.train()
    #: | import | BN906 | 1 of 1 BatchNorm layers
    torch.onnx.export(net, (torch.randn(1, 3, 32, 32),), "model.onnx")
