import torch
from nets import ConvNet

def validate(model, batch):
    was_training = model.training
    model.eval()
    out = model(batch)
    model.train(was_training)
    return out


model = ConvNet()
model.eval()
validate(model, torch.randn(4, 3, 16, 16))
torch.onnx.export(model, torch.randn(2, 3, 16, 16), "model.onnx", dynamo=True)
