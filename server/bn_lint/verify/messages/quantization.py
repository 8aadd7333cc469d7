"""Messages of torch.ao.quantization and torch's fusion helpers."""

from bn_lint.verify.messages.message import Message

MESSAGES = (
    Message(
        id="q.mode",
        origin="torch.ao.quantization",
        pattern=r"(?P<a>Conv|Linear|ConvTranspose) and BN both must be in the same mode \(train or eval\)\.",
        meaning="a {a} and the BatchNorm to be fused with it are in different modes",
        cause="The model is frozen in part: some layers were put in eval mode by hand.",
        remedy="Call model.eval() before fuse_modules, model.train() before fuse_modules_qat.",
        rules=("BN206",),
    ),
    Message(
        id="q.evalonly",
        origin="torch.nn.utils.fusion, torch.fx",
        pattern=r"Fusion only for eval!",
        meaning="a convolution and BatchNorm were to be fused in train mode",
        remedy="Call model.eval() first.",
        rules=("BN206",),
    ),
    Message(
        id="q.order",
        origin="torch.ao.quantization",
        pattern=r"did not find fuser method for: (?P<types>\(.+\))",
        meaning="modules of these types, in this order, cannot be fused: {types}",
        cause="The names are not in the order in which forward runs them, or one is of another class.",
        remedy="List them as forward does: convolution, BatchNorm, activation.",
        rules=("BN206",),
    ),
    Message(
        id="q.qat",
        origin="torch.ao.quantization, fuse_modules_qat",
        pattern=r"(?:Output channel of Conv(?:2d)? must match num_features|Output features of Linear must match "
        r"num_features|Only support fusing BatchNorm\w* with (?:affine|tracking_running_stats) set to "
        r"True)",
        meaning="this BatchNorm cannot be fused for quantisation-aware training",
        cause="Its num_features is not the convolution's out_channels, or it has no affine parameters or no running "
        "statistics.",
        remedy="Build it with affine=True, track_running_stats=True and the convolution's out_channels.",
        rules=("BN101", "BN301"),
    ),
    Message(
        id="q.prepare",
        origin="torch.ao.quantization",
        pattern=r"prepare_qat only works on models in training mode",
        meaning="prepare_qat was given a model in eval mode",
        remedy="Call model.train() before prepare_qat, and model.eval() before convert.",
        rules=("BN206",),
    ),
)
