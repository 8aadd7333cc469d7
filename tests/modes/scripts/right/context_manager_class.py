import torch
from nets import ConvNet

class EvalMode:
    def __init__(self, model):
        self.model = model
        self.training = model.training

    def __enter__(self):
        return self.model.eval()

    def __exit__(self, *exc):
        self.model.train(self.training)


with EvalMode(ConvNet()) as model:
    torch.export.export(model, (torch.randn(2, 3, 16, 16),))
