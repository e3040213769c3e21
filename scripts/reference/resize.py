"""Antialiased bilinear resizing in PyTorch: F.interpolate(mode="bilinear", antialias=True, align_corners=False).

    python scripts/reference/resize.py       # writes resize.safetensors beside this file

Keys: {28_to_32,64_to_32,50x37_to_32x32}.{input,output}, [1, c, height, width] in [0, 1].
Computed in float64 from float32 inputs, stored as float32.
"""

import pathlib

import torch
import torch.nn.functional as F
from safetensors.torch import save_file

torch.set_num_threads(1)
torch.manual_seed(0)
tensors = {}
for name, shape in (("28_to_32", (1, 28, 28)), ("64_to_32", (1, 64, 64)), ("50x37_to_32x32", (3, 50, 37))):
    image = torch.rand(1, *shape)
    resized = F.interpolate(image.double(), (32, 32), mode="bilinear", antialias=True, align_corners=False)
    tensors |= {f"{name}.input": image, f"{name}.output": resized.float()}
save_file(tensors, pathlib.Path(__file__).with_suffix(".safetensors"))
