import torch
from torch import nn
from nets import ResNet


model = nn.SyncBatchNorm.convert_sync_batchnorm(ResNet()).eval()
assert not model.training
