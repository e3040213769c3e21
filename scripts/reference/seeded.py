"""Weights and images by formula, so that both sides can make the same ones without downloading anything.

    python scripts/reference/seeded.py       # writes seeded.json beside this file: a few values to check a port against

splitmix64(x), all in wrapping 64-bit arithmetic:
    z = x + 0x9e3779b97f4a7c15;  z = (z ^ z>>30) * 0xbf58476d1ce4e5b9;  z = (z ^ z>>27) * 0x94d049bb133111eb;  z ^ z>>31
key(name): FNV-1a of the UTF-8 name, 64 bits.
uniform(name, count): u_i = (splitmix64(key(name) + i) >> 40) / 2^24 in float64, i = 0 .. count-1, in [0, 1).
tensor(name, shape): c_i = 2 u_i - 1, row-major, then by the first rule that fits, in float64, rounded once to float32:
    last part of the name is "num_batches_tracked"                 integer 0 (int64, no values drawn)
    last part is "pos_embed", "cls_token" or "mask_token"          0.5 c
    shape [1, n, 1, 1] (LPIPS's linear layers, never negative)     u / n
    rank >= 2                                                      c sqrt(6 / (shape[1] * shape[2] * ...))
    last part is "running_var"                                     1 + 0.2 c
    last part is "running_mean"                                    0.1 c
    rank 1 and the last part is "weight" or "gamma"                1 + 0.2 c
    anything else (biases)                                         0.1 c
images(count, (height, width), start=0)[n, y, x, channel], uint8, in integers with m = start + n:
    ((x (3 + m%5) + y (7 - m%3) + 53 channel + 29 m + 11 ((x//4) ^ (y//3))) * 3) % 256
"""

import json
import math
import pathlib

import numpy as np
import torch

CHUNK = 1 << 20
MASK = (1 << 64) - 1


def splitmix64(x):
    """uint64 array -> uint64 array"""
    z = x + np.uint64(0x9E3779B97F4A7C15)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))


def key(name):
    value = 0xCBF29CE484222325
    for byte in name.encode():
        value = (value ^ byte) * 0x100000001B3 & MASK
    return value


def uniform(name, count, first=0):
    """u_first .. u_(first + count - 1)"""
    index = np.arange(first, first + count, dtype=np.uint64)
    return (splitmix64(np.full(1, key(name), np.uint64) + index) >> np.uint64(40)).astype(np.float64) / 2**24


def rule(name, shape):
    """what turns u into the value"""
    last = name.rsplit(".", 1)[-1]
    if last in ("pos_embed", "cls_token", "mask_token"):
        return lambda u: 0.5 * (2 * u - 1)
    if len(shape) == 4 and shape[0] == 1 and tuple(shape[2:]) == (1, 1):
        return lambda u: u / shape[1]
    if len(shape) >= 2:
        bound = math.sqrt(6 / math.prod(shape[1:]))
        return lambda u: (2 * u - 1) * bound
    if last == "running_var" or (last in ("weight", "gamma") and len(shape) == 1):
        return lambda u: 1 + 0.2 * (2 * u - 1)
    return lambda u: 0.1 * (2 * u - 1)


def tensor(name, shape):
    if name.rsplit(".", 1)[-1] == "num_batches_tracked":
        return torch.zeros(tuple(shape), dtype=torch.int64)
    value, count = rule(name, shape), math.prod(shape)
    out = np.empty(count, np.float32)
    for first in range(0, count, CHUNK):
        part = out[first : first + CHUNK]
        part[:] = value(uniform(name, len(part), first))
    return torch.from_numpy(out.reshape(tuple(shape)))


def state(shapes):
    """name -> shape to name -> tensor"""
    return {name: tensor(name, shape) for name, shape in shapes.items()}


def shapes(module):
    return {name: tuple(value.shape) for name, value in module.state_dict().items()}


def fill(module):
    """the module with seeded weights, frozen, in evaluation mode"""
    module.load_state_dict(state(shapes(module)))
    return module.eval().requires_grad_(False)


def images(count, size, channels=3, start=0):
    """uint8 [count, height, width, channels]"""
    n, y, x, c = np.ogrid[start : start + count, : size[0], : size[1], :channels]
    value = x * (3 + n % 5) + y * (7 - n % 3) + c * 53 + n * 29 + ((x // 4) ^ (y // 3)) * 11
    return (value * 3 % 256).astype(np.uint8)


def batch(count, size, start=0):
    """the same as a uint8 tensor [count, channels, height, width]"""
    return torch.from_numpy(images(count, size, start=start).transpose(0, 3, 1, 2).copy())


def main():
    names = {
        "fc.weight": (10, 8),
        "fc.bias": (4,),
        "Conv2d_1a_3x3.conv.weight": (32, 3, 3, 3),
        "Conv2d_1a_3x3.bn.weight": (32,),
        "Conv2d_1a_3x3.bn.running_mean": (32,),
        "Conv2d_1a_3x3.bn.running_var": (32,),
        "lin0.model.1.weight": (1, 64, 1, 1),
        "pos_embed": (1, 1370, 768),
        "blocks.0.ls1.gamma": (768,),
    }
    pictures = images(2, (40, 48), start=1000)
    result = {
        "splitmix64_of_0_1_2": [int(v) for v in splitmix64(np.arange(3, dtype=np.uint64))],
        "key_of_fc.weight": key("fc.weight"),
        "uniform_of_fc.weight": uniform("fc.weight", 4).tolist(),
        "tensor": {
            name: {"shape": shape, "first_4": tensor(name, shape).flatten()[:4].tolist()}
            for name, shape in names.items()
        },
        "images_2_40x48_start_1000": {
            "sum": int(pictures.sum(dtype=np.int64)),
            "n_y_x_channel_value": [
                [n, y, x, c, int(pictures[n, y, x, c])] for n, y, x, c in ((0, 0, 0, 0), (0, 5, 7, 1), (1, 39, 47, 2))
            ],
        },
    }
    pathlib.Path(__file__).with_suffix(".json").write_text(json.dumps(result) + "\n")


if __name__ == "__main__":
    main()
