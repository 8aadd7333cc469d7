import torch
from nets import ConvNet

model = ConvNet()
model.eval()
torch.onnx.export(  # expect: BN205
    model,
    torch.randn(2, 3, 16, 16),
    "train.onnx",
    training=torch.onnx.TrainingMode.TRAINING,
    dynamo=False,
)
