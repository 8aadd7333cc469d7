import torch
from nets import ConvNet

class Exporter:
    def __init__(self, model, size):
        self.model = model
        self.size = size

    def to_onnx(self, path):
        dummy = torch.randn(1, 3, self.size, self.size)
        torch.onnx.export(self.model, dummy, path, dynamo=True)  # expect: BN201


if __name__ == "__main__":
    Exporter(ConvNet(), size=32).to_onnx("convnet.onnx")
