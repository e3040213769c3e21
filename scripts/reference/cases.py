"""The right values of the files in crates/gannet-cli/tests/cases, by Pillow with LittleCMS, tifffile, zipfile, webdataset and PyTorch.

    python scripts/reference/cases.py    # writes cases.json beside this file

cases.json:

    p3          the color of p3-flat.png in sRGB, by LittleCMS
    strokes     the number of opaque pixels in mask-alpha-white.png
    frames      the frames or pages of a file, and whether the first is base.png
    associated  pixels [x, y, [R, G, B, A]] of the TIFF with straight alpha: the stored color times 255 / A
    labels      the number of each class: dataset.json of sg.zip, and .cls of the shards as the webdataset package reads them
    networks    for each of ESRGAN's files the network's result for base.png, and for a file of four channels for the
                sprite: the mean of each channel and pixels [x, y, values], before rounding, 0 to 255
"""

import collections
import io
import json
import pathlib
import zipfile

import numpy
import tifffile
import torch
import torch.nn.functional as F
import webdataset
from PIL import Image, ImageCms

HERE = pathlib.Path(__file__)
CASES = HERE.parents[2] / "crates/gannet-cli/tests/cases"
SLOPE = 0.2
# Names of ESRGAN's first release, and those of today.
TRUNK = {"RRDB_trunk": "body", "trunk_conv": "conv_body", "upconv": "conv_up", "HRconv": "conv_hr", "RDB": "rdb"}
OLD = {"model.0": "conv_first", "model.1.sub.2": "conv_body", "model.2": "conv_hr", "model.4": "conv_last"}


def renamed(name):
    for old, new in OLD.items():
        name = new + name[len(old):] if name.startswith(old + ".") and name.split(".")[-2] == old.split(".")[-1] else name
    if name.startswith("model.1.sub."):
        name = "body." + name[len("model.1.sub."):].replace(".0.weight", ".weight").replace(".0.bias", ".bias")
    for old, new in TRUNK.items():
        name = name.replace(old, new)
    return name


def weights(name):
    loaded = torch.load(CASES / name, map_location="cpu", weights_only=True)
    loaded = loaded.get("state_dict", loaded)
    return {renamed(key): value.double() for key, value in loaded.items()}


def rrdb(w, x, ups):
    """ESRGAN's network (arXiv:1809.00219)"""
    conv = lambda name, x: F.conv2d(x, w[f"{name}.weight"], w[f"{name}.bias"], padding=1)

    def dense(place, x):
        seen = [x]
        for at in range(1, 5):
            seen.append(F.leaky_relu(conv(f"{place}.conv{at}", torch.cat(seen, 1)), SLOPE))
        return x + 0.2 * conv(f"{place}.conv5", torch.cat(seen, 1))

    first = conv("conv_first", x)
    y = first
    for block in sorted({key.split(".")[1] for key in w if key.startswith("body.")}):
        z = y
        for number in (1, 2, 3):
            z = dense(f"body.{block}.rdb{number}", z)
        y = y + 0.2 * z
    y = first + conv("conv_body", y)
    for at in range(1, ups + 1):
        y = F.leaky_relu(conv(f"conv_up{at}", F.interpolate(y, scale_factor=2, mode="nearest")), SLOPE)
    return conv("conv_last", F.leaky_relu(conv("conv_hr", y), SLOPE))


def result(name, picture, ups):
    pixels = numpy.array(picture, dtype=float).transpose(2, 0, 1)[None] / 255
    made = (255 * rrdb(weights(name), torch.from_numpy(pixels), ups)[0].clamp(0, 1)).permute(1, 2, 0).numpy()
    height, width, _ = made.shape
    at = [(x * width // 7 + 1, y * height // 5 + 2) for y in range(5) for x in range(7)]
    return {
        "size": [width, height],
        "mean": [round(value, 3) for value in made.mean((0, 1)).tolist()],
        "pixels": [[x, y, [round(value, 3) for value in made[y, x].tolist()]] for x, y in at],
    }


def flat_color(name):
    picture = Image.open(CASES / name)
    profile = ImageCms.ImageCmsProfile(io.BytesIO(picture.info["icc_profile"]))
    (_, color), = ImageCms.profileToProfile(picture, profile, ImageCms.createProfile("sRGB"), outputMode="RGB").getcolors(1)
    return list(color)


def associated(name):
    stored = tifffile.imread(CASES / name).astype(float)
    straight = numpy.where(stored[..., 3:] > 0, stored[..., :3] * 255 / numpy.maximum(stored[..., 3:], 1), 0).clip(0, 255)
    return [[x, y, [*(round(value, 3) for value in straight[y, x].tolist()), int(stored[y, x, 3])]]
            for y in range(3, 64, 10) for x in range(2, 64, 9)]


def shards(pattern):
    urls = [str(path) for path in sorted((CASES / "webdataset-shards").glob(pattern))]
    samples = webdataset.WebDataset(urls, shardshuffle=False)
    return collections.Counter(sample["cls"].decode() for sample in samples)


def main():
    base, sprite = (Image.open(CASES / name) for name in ("base.png", "sprite-black.png"))
    # What transparency hides takes the colors beside it, and the sprite has one color.
    sprite = Image.merge("RGBA", [*Image.new("RGB", sprite.size, (230, 200, 40)).split(), sprite.getchannel("A")])
    frames = {}
    for name in ("anim.png", "anim.webp", "multi.tif"):
        picture = Image.open(CASES / name)
        frames[name] = [picture.n_frames, picture.convert("RGB").tobytes() == base.tobytes()]
    named = json.loads(zipfile.ZipFile(CASES / "sg.zip").read("dataset.json"))["labels"]
    values = {
        "p3": flat_color("p3-flat.png"),
        "strokes": int((numpy.array(Image.open(CASES / "mask-alpha-white.png"))[..., 3] > 127).sum()),
        "frames": frames,
        "associated": associated("tiff/tif_rgba_assoc.tif"),
        "labels": {
            "sg.zip": collections.Counter(str(label) for _, label in named),
            "train": shards("train-*.tar"),
            "val": shards("val-*.tar"),
        },
        "networks": {
            "esr_trunk.pth": result("esr_trunk.pth", base, 2),
            "esr_state_dict.pth": result("esr_state_dict.pth", base, 2),
            "esr_old1.pth": result("esr_old1.pth", base, 0),
            "esrgan-rgba.pth": result("esrgan-rgba.pth", sprite, 2),
        },
    }
    HERE.with_suffix(".json").write_text(json.dumps(values, sort_keys=True) + "\n")


if __name__ == "__main__":
    main()
