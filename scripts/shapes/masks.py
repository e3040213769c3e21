"""How well translated shapes keep their place: intersection over union of what stands out from the ground.

    python scripts/shapes/masks.py FROM MADE

Both are folders of PNGs with the same names, as `gannet data export shapes` and `gannet translate` write them. The ground is the
plane through the colours of the outermost pixels, which no shape reaches; the mask is what differs from it by more than 40 of 255
in a channel. Needs numpy and pillow.
"""

import sys
from pathlib import Path

import numpy as np
from PIL import Image

THRESHOLD = 40


def mask(path):
    image = np.asarray(Image.open(path).convert("RGB"), dtype=np.float64)
    height, width, _ = image.shape
    y, x = np.mgrid[:height, :width]
    plane = np.stack([np.ones(x.size), x.ravel(), y.ravel()], 1)
    edge = ((x == 0) | (x == width - 1) | (y == 0) | (y == height - 1)).ravel()
    fit, *_ = np.linalg.lstsq(plane[edge], image.reshape(-1, 3)[edge], rcond=None)
    return (np.abs(image.reshape(-1, 3) - plane @ fit).max(1) > THRESHOLD).reshape(height, width)


def main():
    source, made = map(Path, sys.argv[1:3])
    overlaps = []
    for path in sorted(made.glob("*.png")):
        a, b = mask(source / path.name), mask(path)
        overlaps.append((a & b).sum() / max((a | b).sum(), 1))
    overlaps = np.array(overlaps)
    print(f"{len(overlaps)} images, mean IoU {overlaps.mean():.3f}, median {np.median(overlaps):.3f}, "
          f"share of at least 0.8: {(overlaps >= 0.8).mean():.3f}")


main()
