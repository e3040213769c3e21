"""The built-in upscaler beside bicubic interpolation, on clean and on compressed pictures.

    python scripts/upscaler/measure.py SET5 PHOTOGRAPHS FOLDER --gannet target/release/gannet    # needs Pillow

SET5 holds img_00N_SRF_4_HR.png and img_00N_SRF_4_LR.png; of PHOTOGRAPHS, such as the test images of BSDS500, the first 50 by name are taken, cut
to multiples of 4 pixels and reduced by Pillow's BICUBIC. Compressed inputs are JPEGs of quality 40. Printed are PSNR and SSIM on Y without a border
of 4 pixels, and for the photographs the Fréchet distance of 8,192 patches of 32 pixels on the features `cifar`.
"""

import argparse
import pathlib
import subprocess

from PIL import Image

DENOISE = (0, 0.5, 1)
COUNT = 50


def prepare(pictures, folder):
    """(large, small or None) pictures as folders of PNGs, JPEGs and what bicubic interpolation makes of both"""
    for name, large, small in pictures:
        if small is None:
            large = large.crop((0, 0, large.width // 4 * 4, large.height // 4 * 4))
            small = large.resize((large.width // 4, large.height // 4), Image.BICUBIC)
        for place in ("large", "clean", "clean-bicubic", "jpeg", "jpeg-bicubic"):
            (folder / place).mkdir(parents=True, exist_ok=True)
        large.save(folder / "large" / f"{name}.png")
        small.save(folder / "clean" / f"{name}.png")
        small.save(folder / "jpeg" / f"{name}.jpg", quality=40)
        compressed = Image.open(folder / "jpeg" / f"{name}.jpg").convert("RGB")
        for place, picture in (("clean", small), ("jpeg", compressed)):
            picture.resize(large.size, Image.BICUBIC).save(folder / f"{place}-bicubic" / f"{name}.png")


def set5(folder):
    for path in sorted(folder.glob("*HR.png")):
        small = Image.open(str(path).replace("HR", "LR")).convert("RGB")
        yield path.name[:7], Image.open(path).convert("RGB"), small


def photographs(folder):
    for path in sorted(folder.glob("*.jpg"))[:COUNT]:
        yield path.stem, Image.open(path).convert("RGB"), None


def values(gannet, *words):
    lines = subprocess.run([gannet, "eval", *map(str, words)], check=True, capture_output=True, text=True).stdout.splitlines()
    return [line.split()[1] for line in lines if line.strip() and line.split()[0] in ("psnr", "ssim", "fd")]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("set5", type=pathlib.Path)
    parser.add_argument("photographs", type=pathlib.Path)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--gannet", default="target/release/gannet")
    args = parser.parse_args()
    for name, pictures in (("set5", set5(args.set5)), ("photographs", photographs(args.photographs))):
        folder = args.folder / name
        prepare(pictures, folder)
        for kind in ("clean", "jpeg"):
            for share in DENOISE:
                to = folder / f"{kind}-{round(100 * share)}"
                words = [args.gannet, "upscale", folder / kind, "-o", to, "--denoise", str(share), "--force"]
                subprocess.run(words, check=True, capture_output=True)
            for made in ("bicubic", *(round(100 * share) for share in DENOISE)):
                to = folder / f"{kind}-{made}"
                row = values(args.gannet, to, "--data", folder / "large", "--metrics", "psnr,ssim", "--luma", "--border", "4")
                if name == "photographs":
                    row += values(args.gannet, to, "--data", folder / "large", "--metrics", "fd", "--patches", "8192")
                print(name, kind, made, *row, flush=True)


if __name__ == "__main__":
    main()
