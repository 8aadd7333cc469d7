import torch
from torch import nn
from nets import Mlp


class Trainer:
    def __init__(self):
        self.model = Mlp()
        self.optimizer = torch.optim.Adam(self.model.parameters())

    def fit(self, steps):
        self.model.train()
        for _ in range(steps):
            self.optimizer.zero_grad()
            self.model(torch.randn(8, 8)).square().mean().backward()
            self.optimizer.step()

    def evaluate(self):
        self.model.eval()
        with torch.no_grad():
            return self.model(torch.randn(8, 8)).mean()


trainer = Trainer()
trainer.evaluate()
trainer.fit(2)
torch.jit.trace(trainer.model, torch.randn(8, 8)).save("model.pt")  # expect: BN203
