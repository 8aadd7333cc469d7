import torch
import torch_tensorrt
from nets import ConvNet

model = ConvNet().float()
trt_model = torch_tensorrt.compile(  # expect: BN201
    model,
    ir="dynamo",
    inputs=[torch_tensorrt.Input((1, 3, 32, 32))],
    min_block_size=1,
)
