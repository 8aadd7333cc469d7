"""Sound models of torchvision and timm, small enough to be built with torch_tensorrt in seconds each."""

import timm
from torchvision import models


#: --input 2x3x64x64 | passed
def resnet18():
    return models.resnet18(weights=None)


#: --input 2x3x64x64 | passed
def resnet34():
    return models.resnet34(weights=None)


#: --input 2x3x64x64 | passed
def mobilenet_v3_small():
    return models.mobilenet_v3_small(weights=None)


#: --input 2x3x64x64 | passed
def mnasnet0_5():
    return models.mnasnet0_5(weights=None)


#: --input 2x3x64x64 | passed
def shufflenet_v2_x0_5():
    return models.shufflenet_v2_x0_5(weights=None)


#: --input 2x3x64x64 | passed
def googlenet():
    return models.googlenet(weights=None, init_weights=False, aux_logits=False)


#: --input 1x3x4x32x32 | passed
def r3d_18():
    return models.video.r3d_18(weights=None)


#: --input 2x3x64x64 | passed
def timm_resnet10t():
    return timm.create_model("resnet10t", pretrained=False)


#: --input 2x3x64x64 | passed
def timm_resnet14t():
    return timm.create_model("resnet14t", pretrained=False)


#: --input 2x3x64x64 | passed
def timm_resnet18d():
    return timm.create_model("resnet18d", pretrained=False)


#: --input 2x3x64x64 | passed
def timm_resnet26t():
    return timm.create_model("resnet26t", pretrained=False)


#: --input 2x3x64x64 | passed
def timm_resnetblur18():
    return timm.create_model("resnetblur18", pretrained=False)


#: --input 2x3x64x64 | passed
def timm_seresnet18():
    return timm.create_model("seresnet18", pretrained=False)


#: --input 2x3x64x64 | passed
def timm_skresnet18():
    return timm.create_model("skresnet18", pretrained=False)


#: --input 2x3x64x64 | passed
def timm_ese_vovnet19b_slim_dw():
    return timm.create_model("ese_vovnet19b_slim_dw", pretrained=False)


#: --input 2x3x64x64 | passed
def timm_ese_vovnet19b_slim():
    return timm.create_model("ese_vovnet19b_slim", pretrained=False)


#: --input 2x3x64x64 | passed
def timm_darknet17():
    return timm.create_model("darknet17", pretrained=False)


#: --input 2x3x64x64 | passed
def timm_darknet21():
    return timm.create_model("darknet21", pretrained=False)


#: --input 2x3x64x64 | passed
def timm_repvgg_a0():
    return timm.create_model("repvgg_a0", pretrained=False)


#: --input 2x3x64x64 | passed
def timm_lcnet_035():
    return timm.create_model("lcnet_035", pretrained=False)


#: --input 2x3x64x64 | passed
def timm_lcnet_050():
    return timm.create_model("lcnet_050", pretrained=False)


#: --input 2x3x64x64 | passed
def timm_mobilenetv3_small_050():
    return timm.create_model("mobilenetv3_small_050", pretrained=False)


#: --input 2x3x64x64 | passed
def timm_mobilenetv3_small_075():
    return timm.create_model("mobilenetv3_small_075", pretrained=False)


#: --input 2x3x64x64 | passed
def timm_tinynet_e():
    return timm.create_model("tinynet_e", pretrained=False)


#: --input 2x3x64x64 | passed
def timm_mobilenetv2_035():
    return timm.create_model("mobilenetv2_035", pretrained=False)


#: --input 2x3x64x64 | passed
def timm_mobilenetv2_050():
    return timm.create_model("mobilenetv2_050", pretrained=False)


#: --input 2x3x64x64 | passed
def timm_regnetx_002():
    return timm.create_model("regnetx_002", pretrained=False)


#: --input 2x3x64x64 | passed
def timm_mnasnet_small():
    return timm.create_model("mnasnet_small", pretrained=False)


#: --input 2x3x64x64 | passed
def timm_selecsls42():
    return timm.create_model("selecsls42", pretrained=False)


#: --input 2x3x64x64 | passed
def timm_gernet_s():
    return timm.create_model("gernet_s", pretrained=False)
