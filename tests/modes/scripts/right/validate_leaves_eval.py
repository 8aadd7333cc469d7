import torch
from nets import ConvNet

def validate(model, batch):
    model.eval()
    with torch.no_grad():
        return model(batch).argmax(1)


model = ConvNet()
model.train()
validate(model, torch.randn(4, 3, 16, 16))
torch.onnx.export(model, torch.randn(2, 3, 16, 16), "model.onnx", dynamo=True)
