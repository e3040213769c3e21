"""Real-ESRGAN's degradations (Wang et al. 2021, arXiv:2107.10833) computed with numpy, scipy and PyTorch.

    python scripts/reference/degradations.py       # writes degradations.json beside this file

The image is given by a formula: plane c, row y, column x has the value ((31 x x + 7 y y + 3 x y + 53 c) % 256) / 255.

kernels: [{kind, size, deviations, angle, beta, cutoff, weights}], row-major. The bells are functions of q = x' S^-1 x with
S = U diag(deviations^2) U': gaussian exp(-q/2), generalized exp(-q^beta / 2), plateau 1 / (q^beta + 1). The sinc is
cutoff J1(cutoff r) / (2 pi r), and cutoff^2 / (4 pi) in its middle. All are divided by their sum.
filtered: the gray image of 24 pixels after the second kernel, with reflected borders.
resized: [{mode, from, to, values}], PyTorch's interpolate of the gray image to a given size.
jpeg: [{channels, side, quality, values}]: 4:2:0, tables K.1 and K.2 of ITU-T T.81 scaled as libjpeg does but not rounded,
borders repeated, coefficients rounded, chrominance repeated.
sharpened: the gray image of 32 pixels after an unsharp mask of radius 50, amount 0.5, threshold 10, with a soft mask.
"""

import json
import math
import pathlib

import numpy as np
import torch
import torch.nn.functional as F
from scipy.fft import dctn, idctn
from scipy.special import j1


def image(channels, side):
    """[channels, side, side] in [0, 1], float64"""
    c, y, x = np.ogrid[:channels, :side, :side]
    return ((31 * x * x + 7 * y * y + 3 * x * y + 53 * c) % 256) / 255


def grid(size):
    axis = np.arange(size) - size // 2
    return np.meshgrid(axis, axis)


def bell(kind, size, deviations, angle, beta):
    x, y = grid(size)
    turn = np.array([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]])
    precision = np.linalg.inv(turn @ np.diag(np.square(deviations)) @ turn.T)
    places = np.stack([x, y], -1).astype(np.float64)
    q = np.einsum("yxi,ij,yxj->yx", places, precision, places)
    value = {"gaussian": np.exp(-q / 2), "generalized": np.exp(-(q**beta) / 2), "plateau": 1 / (q**beta + 1)}[kind]
    return value / value.sum()


def sinc(size, cutoff):
    x, y = grid(size)
    r = np.hypot(x, y)
    r[size // 2, size // 2] = 1
    value = cutoff * j1(cutoff * r) / (2 * math.pi * r)
    value[size // 2, size // 2] = cutoff**2 / (4 * math.pi)
    return value / value.sum()


def kernels():
    bells = [
        ("gaussian", 7, (0.2, 0.2), 0.0, 1.0),
        ("gaussian", 21, (3.0, 3.0), 0.0, 1.0),
        ("gaussian", 15, (2.7, 0.6), 0.7, 1.0),
        ("gaussian", 9, (0.5, 1.4), -2.9, 1.0),
        ("generalized", 13, (1.3, 1.3), 0.0, 0.5),
        ("generalized", 11, (2.2, 1.1), 1.9, 4.0),
        ("plateau", 17, (0.9, 0.9), 0.0, 1.0),
        ("plateau", 19, (1.5, 2.8), -0.4, 2.0),
    ]
    sincs = [(7, math.pi / 3), (13, math.pi / 5), (21, 2.2), (21, math.pi)]
    empty = {"deviations": [1.0, 1.0], "angle": 0.0, "beta": 1.0, "cutoff": 1.0}
    for kind, size, deviations, angle, beta in bells:
        given = {"kind": kind, "size": size, "deviations": list(deviations), "angle": angle, "beta": beta}
        yield {**empty, **given, "weights": numbers(bell(kind, size, deviations, angle, beta))}
    for size, cutoff in sincs:
        yield {**empty, "kind": "sinc", "size": size, "cutoff": cutoff, "weights": numbers(sinc(size, cutoff))}


def filtered(planes, kernel):
    """planes [c, h, w] correlated with a kernel, borders reflected"""
    rows, columns = (side // 2 for side in kernel.shape)
    x = F.pad(torch.from_numpy(planes)[:, None], (columns, columns, rows, rows), mode="reflect")
    return F.conv2d(x, torch.from_numpy(kernel)[None, None])[:, 0].numpy()


def resized(mode, before, after):
    x = torch.from_numpy(image(1, before)).float()[None]
    return F.interpolate(x, size=(after, after), mode=mode)[0].numpy()


LUMINANCE = """16 11 10 16 24 40 51 61 12 12 14 19 26 58 60 55 14 13 16 24 40 57 69 56 14 17 22 29 51 87 80 62
18 22 37 56 68 109 103 77 24 35 55 64 81 104 113 92 49 64 78 87 103 121 120 101 72 92 95 98 112 100 103 99"""
CHROMINANCE = """17 18 24 47 99 99 99 99 18 21 26 66 99 99 99 99 24 26 56 99 99 99 99 99 47 66 99 99 99 99 99 99
""" + "99 " * 32


def quantized(plane, table, quality):
    factor = (5000 / quality if quality < 50 else 200 - 2 * quality) / 100
    steps = np.array(table.split(), np.float64).reshape(8, 8) * factor
    h, w = plane.shape
    blocks = plane.reshape(h // 8, 8, w // 8, 8).transpose(0, 2, 1, 3)
    coefficients = np.round(dctn(blocks, axes=(2, 3), norm="ortho") / steps) * steps
    return idctn(coefficients, axes=(2, 3), norm="ortho").transpose(0, 2, 1, 3).reshape(h, w)


def jpeg(planes, quality):
    channels, side, _ = planes.shape
    more = -side % 16
    planes = np.pad(planes, ((0, 0), (0, more), (0, more)), mode="edge") * 255
    if channels == 1:
        return np.clip(quantized(planes[0] - 128, LUMINANCE, quality) + 128, 0, 255)[None, :side, :side] / 255
    r, g, b = planes
    y = 0.299 * r + 0.587 * g + 0.114 * b - 128
    cb = -0.168736 * r - 0.331264 * g + 0.5 * b
    cr = 0.5 * r - 0.418688 * g - 0.081312 * b
    half = lambda plane: plane.reshape(plane.shape[0] // 2, 2, -1, 2).mean(axis=(1, 3))
    y = quantized(y, LUMINANCE, quality) + 128
    cb, cr = (quantized(half(plane), CHROMINANCE, quality).repeat(2, 0).repeat(2, 1) for plane in (cb, cr))
    rgb = np.stack([y + 1.402 * cr, y - 0.344136 * cb - 0.714136 * cr, y + 1.772 * cb])
    return np.clip(rgb, 0, 255)[:, :side, :side] / 255


def sharpened(planes):
    axis = np.arange(51) - 25
    line = np.exp(-(axis**2) / (2 * (0.3 * (25 - 1) + 0.8) ** 2))
    kernel = np.outer(line, line) / line.sum() ** 2
    difference = planes - filtered(planes, kernel)
    mask = filtered((np.abs(difference) * 255 > 10).astype(np.float64), kernel)
    return mask * np.clip(planes + 0.5 * difference, 0, 1) + (1 - mask) * planes


def numbers(array):
    return [float(f"{value:.8g}") for value in np.asarray(array).ravel()]


def main():
    found = list(kernels())
    given = found[2]
    kernel = bell(given["kind"], given["size"], given["deviations"], given["angle"], given["beta"])
    sizes = [("area", 20, 7), ("area", 9, 12), ("bilinear", 20, 7), ("bicubic", 20, 7), ("bicubic", 9, 13)]
    result = {
        "kernels": found,
        "filtered": numbers(filtered(image(1, 24), kernel)),
        "resized": [
            {"mode": mode, "from": before, "to": after, "values": numbers(resized(mode, before, after))}
            for mode, before, after in sizes
        ],
        "jpeg": [
            {"channels": c, "side": side, "quality": quality, "values": numbers(jpeg(image(c, side), quality))}
            for c, side, quality in ((3, 18, 30.0), (3, 16, 72.5), (1, 11, 95.0))
        ],
        "sharpened": numbers(sharpened(image(1, 32))),
    }
    pathlib.Path(__file__).with_suffix(".json").write_text(json.dumps(result) + "\n")


if __name__ == "__main__":
    main()
