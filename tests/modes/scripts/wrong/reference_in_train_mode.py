# proof: not np.allclose(expected.detach().numpy(), model.eval()(x).detach().numpy(), atol=1e-3)
import numpy as np
import onnxruntime
import torch
from nets import ConvNet

model = ConvNet()
x = torch.randn(4, 3, 16, 16)
expected = model(x)
torch.onnx.export(model, x, "net.onnx", input_names=["x"], dynamo=False)
session = onnxruntime.InferenceSession("net.onnx")
actual = session.run(None, {"x": x.numpy()})[0]
np.testing.assert_allclose(expected.detach().numpy(), actual, rtol=1e-2)  # expect: BN213
