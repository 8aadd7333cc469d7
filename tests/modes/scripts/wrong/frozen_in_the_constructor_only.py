# proof: model.teacher.bn.training
import torch
from torch import nn
from nets import ConvNet

class Distiller(nn.Module):
    def __init__(self):
        super().__init__()
        self.student = ConvNet()
        self.teacher = ConvNet()
        self.teacher.eval()  # expect: BN210
        for p in self.teacher.parameters():
            p.requires_grad = False

    def forward(self, x):
        with torch.no_grad():
            target = self.teacher(x)
        return (self.student(x) - target).square().mean()


model = Distiller()
optimizer = torch.optim.SGD(model.student.parameters(), lr=0.1)
for step in range(2):
    model.train()
    model(torch.randn(4, 3, 16, 16)).backward()
    optimizer.step()
