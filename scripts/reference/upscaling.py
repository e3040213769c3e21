"""MS-SSIM by pytorch_msssim 1.0.0, for the loss of upscalers.

    python scripts/reference/upscaling.py       # writes upscaling.safetensors beside this file

Compared are picture 3 of seeded.py and 0.8 of it with 0.2 of picture 8, both in [0, 1].

ms_ssim.HxW.SCALES  [1]: with the published weights of five scales, or the first of them divided by their sum
"""

import pathlib

import seeded
import torch
from pytorch_msssim import ms_ssim
from safetensors.torch import save_file

WEIGHTS = [0.0448, 0.2856, 0.3001, 0.2363, 0.1333]


def main():
    values = {}
    for (h, w), scales in (((176, 192), 5), ((176, 192), 3), ((179, 181), 5), ((179, 181), 4)):
        x, other = (seeded.batch(1, (h, w), start).double() for start in (3, 8))
        y = 0.8 * x + 0.2 * other
        weights = torch.tensor(WEIGHTS[:scales], dtype=torch.float64)
        found = ms_ssim(x / 255, y / 255, data_range=1.0, weights=weights / weights.sum())
        values[f"ms_ssim.{h}x{w}.{scales}"] = found.float().reshape(1)
    save_file(values, pathlib.Path(__file__).with_suffix(".safetensors"))
    print({name: value.item() for name, value in values.items()})


if __name__ == "__main__":
    main()
