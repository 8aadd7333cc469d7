"""Messages of PyTorch itself: running a model, loading its weights, and of model libraries."""

from bn_lint.verify.messages.message import Message

MESSAGES = (
    Message(
        id="eager.feat",
        origin="PyTorch",
        pattern=r"(?P<which>running_mean|running_var|weight|bias) should contain (?P<want>\d+) elements not "
        r"(?P<got>\d+)",
        meaning="a normalisation built for {got} channels receives {want} (PyTorch prints them the other way round)",
        cause="num_features is not the number of channels of its input; or dimension 1 is not the channel, as "
        "in (N, L, C) or NHWC.",
        remedy="`bn-lint check` on the source shows where the channels come from.",
        rules=("BN101", "BN105"),
    ),
    Message(
        id="eager.evalstats",
        origin="PyTorch",
        pattern=r"(?P<which>running_mean|running_var) must be defined in evaluation mode",
        meaning="F.batch_norm was called in eval mode without {which}",
        cause="training=False with running statistics that are None.",
        remedy="Pass the statistics, registered as buffers.",
        rules=("BN209",),
    ),
    Message(
        id="eager.eps",
        origin="PyTorch",
        pattern=r"batch_norm eps must be (?:positive|non-negative)(?: during training)?, but got (?P<eps>[-\d.e]+)",
        meaning="a BatchNorm has eps={eps}",
        cause="eps is 0 or negative: a channel of no variance would be divided by zero.",
        remedy="Use the default, 1e-5.",
        affected="torch 2.11 refuses 0 always, 2.13 in train mode only",
        rules=("BN302",),
    ),
    Message(
        id="eager.one",
        origin="PyTorch",
        pattern=r"Expected more than 1 (?P<what>value per channel|spatial element) when training, got input size "
        r"(?P<size>torch\.Size\(\[[\d, ]*\]\)|\d+)",
        meaning="batch statistics were asked of one value per channel (input {size})",
        cause="The model is in train mode, or the layer has no running statistics, and the batch is 1.",
        remedy="Call model.eval(); when training, use drop_last=True.",
        rules=("BN201", "BN214", "BN301"),
    ),
    Message(
        id="eager.dim",
        origin="PyTorch",
        pattern=r"expected (?P<want>(?:at least )?\d+D(?: or \d+D)?) input \(got (?P<got>\d+)D input\)",
        meaning="a normalisation for {want} tensors receives a {got}-D one",
        cause="BatchNorm1d, 2d and 3d differ by the rank of their input.",
        remedy="Use the class of the input's rank: 1d after Linear, 2d after Conv2d, 3d after Conv3d.",
        rules=("BN102",),
    ),
    Message(
        id="eager.sync",
        origin="PyTorch",
        pattern=r"SyncBatchNorm expected input tensor to be on GPU",
        meaning="a SyncBatchNorm runs on the CPU",
        cause="The model of a distributed training is exported as it is.",
        remedy="Rebuild it with nn.BatchNorm2d and load the same state_dict.",
        affected="torch 1.12 and earlier even in eval mode; later ones only in train mode",
    ),
    Message(
        id="eager.half",
        origin="PyTorch",
        pattern=r"expected scalar type (?P<want>Half|Float|BFloat16) but found (?P<got>Half|Float|BFloat16)",
        meaning="a tensor is {got} where {want} is wanted",
        cause="half() reached only a part of the model or of its inputs; a normalisation is often kept in float32.",
        remedy="Export in float32 and let TensorRT choose FP16.",
    ),
    Message(
        id="eager.mixed",
        origin="PyTorch on the CPU",
        pattern=r"mixed dtype \(CPU\): (?P<what>[^\n]+)",
        meaning="a normalisation's parameters and its input have types that do not go together",
        cause="half() or double() reached only a part of the model or of its inputs.",
        remedy="Export in float32 and let TensorRT choose FP16; else cast the whole model and its inputs.",
    ),
    Message(
        id="eager.lazy",
        origin="PyTorch",
        pattern=r"Attempted to use an uninitialized parameter in (?P<fn>.+?)\. This error happens when you are using a "
        r"`LazyModule`",
        meaning="a lazy module has not seen an input yet, so it has no parameters",
        remedy="Run the model once (in eval mode, under no_grad), load the weights, then export.",
    ),
    Message(
        id="eager.missing",
        origin="PyTorch, load_state_dict",
        pattern=r"Missing key\(s\) in state_dict: (?P<keys>[^\n]*(?:running_mean|running_var)[^\n]*)",
        meaning="the checkpoint has no running statistics for some BatchNorm layers",
        cause="It was saved from another model or by parameters() alone, or its keys carry a prefix (`module.`, "
        "`_orig_mod.`). With strict=False the layers would silently keep mean 0 and variance 1.",
        remedy="`bn-lint inspect CHECKPOINT` lists what it holds.",
    ),
    Message(
        id="eager.extra",
        origin="PyTorch, load_state_dict",
        pattern=r"Unexpected key\(s\) in state_dict: (?P<keys>[^\n]*(?:running_mean|running_var)[^\n]*)",
        meaning="the checkpoint holds running statistics for which the model has no place",
        cause="The layer is built with track_running_stats=False, has another name, or the keys carry a prefix "
        "(`module.`, `_orig_mod.`). With strict=False they would be dropped without a word.",
        remedy="`bn-lint inspect CHECKPOINT --source FILE.py::NAME` compares the two.",
        rules=("BN301",),
    ),
    Message(
        id="eager.unexp",
        origin="PyTorch, load_state_dict",
        pattern=r"Unexpected running stats buffer\(s\) (?P<names>.+?) for (?P<klass>\w+) with "
        r"track_running_stats=False",
        meaning="the checkpoint holds running statistics, and the {klass} has none",
        cause="The layer was trained with track_running_stats=True, or the checkpoint is older than torch 0.4.",
        remedy="Build the layer with track_running_stats=True, or delete the keys knowingly.",
    ),
    Message(
        id="eager.nobn",
        origin="ultralytics, yolov5",
        pattern=r"'(?P<cls>Conv2?|DWConv|ConvTranspose|RepConv)' object has no attribute 'bn'",
        meaning="{cls} has lost its BatchNorm: it is folded into the convolution already",
        cause="fuse() ran twice: before the export and by the export, or a fused model was saved.",
        remedy="Leave fusing to the export; save unfused models.",
    ),
)
