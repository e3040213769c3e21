"""The FID Inception (2015-12-05) of torch-fidelity with seeded weights: its TF1 resize, its features and logits.

    python scripts/reference/inception.py       # writes inception.safetensors beside this file

Weights: seeded.state over FeatureExtractorInceptionV3's own names and shapes, which are those of the genuine file
weights-inception-2015-12-05-6726825d.pth (566 names, fc of 1008 rows). Images: seeded.batch.
Keys, with SIZE in {40x48 (3 images), 350x310 (2 images)}, height x width:
    SIZE.resized     [3, 3, 299] first image after the resize and (x - 128) / 128: channel, row 0 150 298, column
    SIZE.64 .192 .768 .logits   [n, 32] the first 32 values of each
    SIZE.2048        [n, 2048]
    SIZE.logits_unbiased        [n, 1008]
"""

import pathlib
from unittest.mock import patch

import torch
from safetensors.torch import save_file
from torch_fidelity.feature_extractor_inceptionv3 import FeatureExtractorInceptionV3
from torch_fidelity.interpolate_compat_tensorflow import interpolate_bilinear_2d_like_tensorflow1x

import seeded

FEATURES = ["64", "192", "768", "2048", "logits_unbiased", "logits"]
ROWS = [0, 150, 298]


def network(features=FEATURES):
    with patch.object(torch, "load"), patch.object(FeatureExtractorInceptionV3, "load_state_dict"):
        module = FeatureExtractorInceptionV3("inception-v3-compat", list(features), "not read")
    return seeded.fill(module)


def resize(pixels, size=(299, 299)):
    """uint8 [n, 3, h, w] -> float32 [n, 3, *size], still in [0, 255]"""
    return interpolate_bilinear_2d_like_tensorflow1x(pixels.float(), size=size, align_corners=False)


def main():
    torch.set_num_threads(1)
    module, tensors = network(), {}
    for count, size in ((3, (40, 48)), (2, (350, 310))):
        name, pixels = f"{size[0]}x{size[1]}", seeded.batch(count, size)
        tensors[f"{name}.resized"] = ((resize(pixels[:1])[0] - 128) / 128)[:, ROWS]
        for feature, values in zip(FEATURES, module(pixels)):
            whole = feature in ("2048", "logits_unbiased")
            tensors[f"{name}.{feature}"] = values if whole else values[:, :32]
            print(f"{name} {feature}: mean |x| {values.abs().mean():.4g}, max {values.abs().max():.4g}")
    tensors = {name: value.contiguous() for name, value in tensors.items()}
    save_file(tensors, pathlib.Path(__file__).with_suffix(".safetensors"))


if __name__ == "__main__":
    main()
