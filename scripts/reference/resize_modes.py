"""The resizes in use around FID, and MATLAB's imresize.

    python scripts/reference/resize_modes.py       # writes resize_modes.safetensors beside this file

The image is seeded.images(1, SIZE)[0], SIZE (height x width) in {40x48, 350x310}, brought to 299x299. Keys, float32:
    SIZE.clean               clean-fid "clean": Pillow mode F per channel, bicubic, antialiased, clipped to [0, 255]
    SIZE.legacy_pytorch      clean-fid "legacy_pytorch": F.interpolate bilinear, align_corners=False, not antialiased
    SIZE.tf1                 torch-fidelity: bilinear with source = target * in / out, no half pixel, no antialias
    SIZE.legacy_tensorflow   what NVIDIA's network does inside (clean-fid's resizer itself does nothing): affine_grid
                             and grid_sample, the same as tf1 up to rounding
    each [3 rows 0 149 298, 299 columns, 3 channels], in [0, 255], never rounded to bytes
    SIZE.pil_rgb_bicubic_224 Pillow RGB bicubic to 224x224, rounded to bytes (dgm-eval's DINOv2), rows 0 112 223
    imresize.input           [12, 10, 3] seeded.images(1, (12, 10))[0]
    imresize.up              [48, 40, 3] scale 4
    imresize.down            [3, 3, 3] scale 1/4, size rounded up, antialiased
imresize: cubic with a = -0.5, half-pixel centres, symmetric borders, float64, neither rounded nor clipped.
"""

import math
import pathlib

import numpy as np
import torch
import torch.nn.functional as F
from cleanfid.resize import build_resizer
from PIL import Image
from safetensors.numpy import save_file

import inception
import seeded

ROWS = [0, 149, 298]


def tf1(image):
    return inception.resize(torch.from_numpy(image.transpose(2, 0, 1).copy())[None])[0].permute(1, 2, 0).numpy()


def nvidia_batch(pixels):
    """the resize inside inception-2015-12-05.pt: pixel centres shifted so that grid_sample reads x * width / 299"""
    height, width = pixels.shape[2:]
    theta = torch.tensor([[[1, 0, 1 / width - 1 / 299], [0, 1, 1 / height - 1 / 299]]]).repeat(len(pixels), 1, 1)
    grid = F.affine_grid(theta, [len(pixels), 3, 299, 299], align_corners=False)
    return F.grid_sample(pixels.float(), grid, mode="bilinear", padding_mode="border", align_corners=False)


def nvidia(image):
    return nvidia_batch(torch.from_numpy(image.transpose(2, 0, 1).copy())[None])[0].permute(1, 2, 0).numpy()


def cubic(x):
    x = np.abs(x)
    near = 1.5 * x**3 - 2.5 * x**2 + 1
    far = -0.5 * x**3 + 2.5 * x**2 - 4 * x + 2
    return np.where(x <= 1, near, np.where(x <= 2, far, 0))


def taps(length, scale):
    """[out, length] matrix of one axis; scale < 1 widens the kernel, borders are mirrored: 1 0 | 0 1 2 .. | n-1 n-2"""
    out, shrink = math.ceil(length * scale), min(scale, 1)
    width = 4 / shrink
    centre = (np.arange(out) + 0.5) / scale - 0.5
    first = np.floor(centre - width / 2).astype(int)
    index = first[:, None] + np.arange(math.ceil(width) + 2)
    weight = cubic((centre[:, None] - index) * shrink)
    weight /= weight.sum(1, keepdims=True)
    index = np.mod(index, 2 * length)
    index = np.minimum(index, 2 * length - 1 - index)
    matrix = np.zeros((out, length))
    np.add.at(matrix, (np.arange(out)[:, None], index), weight)
    return matrix


def imresize(image, scale):
    """[h, w, c] -> float64 [ceil(h * scale), ceil(w * scale), c]"""
    height, width = image.shape[:2]
    return np.einsum("yh,xw,hwc->yxc", taps(height, scale), taps(width, scale), image.astype(np.float64))


def main():
    torch.set_num_threads(1)
    modes = {"clean": build_resizer("clean"), "legacy_pytorch": build_resizer("legacy_pytorch"), "tf1": tf1}
    modes |= {"legacy_tensorflow": nvidia}
    tensors = {}
    for size in ((40, 48), (350, 310)):
        name, image = f"{size[0]}x{size[1]}", seeded.images(1, size)[0]
        assert build_resizer("legacy_tensorflow")(image) is image
        results = {mode: resize(image) for mode, resize in modes.items()}
        tensors |= {f"{name}.{mode}": value[ROWS] for mode, value in results.items()}
        tensors[f"{name}.pil_rgb_bicubic_224"] = np.asarray(
            Image.fromarray(image).resize((224, 224), Image.BICUBIC), np.float32
        )[[0, 112, 223]]
        print(name, "tf1 against legacy_tensorflow:", np.abs(results["tf1"] - results["legacy_tensorflow"]).max())
    image = seeded.images(1, (12, 10))[0]
    tensors |= {"imresize.input": image, "imresize.up": imresize(image, 4), "imresize.down": imresize(image, 0.25)}
    tensors = {name: np.ascontiguousarray(value, np.float32) for name, value in tensors.items()}
    save_file(tensors, pathlib.Path(__file__).with_suffix(".safetensors"))


if __name__ == "__main__":
    main()
