"""A photograph of 12 megapixels in Display P3 through every command that changes pictures, against LittleCMS.

    python scripts/reference/display_p3.py GANNET FOLDER             # prints a line of JSON for each command
    python scripts/reference/display_p3.py GANNET FOLDER --side 800  # of a smaller picture

Needs numpy, imagecodecs, Pillow with LittleCMS and /usr/bin/time. Writes into FOLDER a JPEG with the profile of p3-flat.png and with EXIF. The left half of the
picture lies inside of sRGB, the right half reaches the limits of Display P3. Networks are identities where one can be made: zero
weights in Real-ESRGAN's compact network repeat pixels. Other networks, of runs of one step, get a second picture, which lies inside of
sRGB, once in Display P3 and once converted to sRGB by LittleCMS; their two results are compared.

"translate RUN, 16 bits" is a PNG of 16 bits in sRGB against the same in Display P3, by a formula: what remains without rounding to 8 bits.

Each result is converted to sRGB by its own profile with LittleCMS. Printed: mean, 99th percentile and maximum of CIEDE2000 over both
halves ("all", clipped to sRGB) and over the left half ("inside"), whether profile and EXIF are those of the input, seconds, and the
process's peak memory in MiB.
"""

import argparse
import io
import json
import pathlib
import struct
import subprocess
import zlib

import imagecodecs
import numpy
from PIL import Image, ImageCms

Image.MAX_IMAGE_PIXELS = None
HERE = pathlib.Path(__file__)
CASES = HERE.parents[2] / "crates/gannet-cli/tests/cases"
SRGB = ImageCms.createProfile("sRGB")


def profile_of(picture):
    bytes_ = picture.info.get("icc_profile")
    return ImageCms.ImageCmsProfile(io.BytesIO(bytes_)) if bytes_ else SRGB


def to_srgb(picture):
    return ImageCms.profileToProfile(picture.convert("RGB"), profile_of(picture), SRGB, outputMode="RGB")


def photograph(side):
    """smooth colors with a fine texture, as a camera's: the same pixels every time"""
    width, height = side, side * 3 // 4
    x, y = numpy.meshgrid(numpy.arange(width) / width, numpy.arange(height) / height)
    noise = numpy.random.default_rng(7).normal(0, 0.015, (height, width, 1))
    waves = [0.5 + 0.5 * numpy.sin(2 * numpy.pi * (a * x + b * y + c)) for a, b, c in ((2, 1, 0), (1, -3, 0.3), (-3, 2, 0.6))]
    pixels = (255 * (numpy.stack(waves, 2) + noise)).clip(0, 255).round().astype(numpy.uint8)
    return Image.fromarray(pixels)


def write_input(path, side, inside_share=0.5):
    profile = Image.open(CASES / "p3-flat.png").info["icc_profile"]
    p3 = ImageCms.ImageCmsProfile(io.BytesIO(profile))
    wide = photograph(side)
    # The left part is the same picture, taken as sRGB.
    inside = ImageCms.profileToProfile(wide, SRGB, p3, outputMode="RGB")
    wide.paste(inside.crop((0, 0, round(side * inside_share), wide.height)), (0, 0))
    exif = Image.Exif()
    exif[0x010F], exif[0x0110], exif[0x0132] = "Camera", "Display P3", "2026:01:02 03:04:05"
    wide.save(path, quality=95, subsampling=0, icc_profile=profile, exif=exif)


def identity(path, scale, width=4):
    """Real-ESRGAN's compact network with zero weights"""
    shapes = {"body.0.weight": [width, 3, 3, 3], "body.0.bias": [width], "body.1.weight": [width],
              "body.2.weight": [width, width, 3, 3], "body.2.bias": [width], "body.3.weight": [width],
              "body.4.weight": [3 * scale**2, width, 3, 3], "body.4.bias": [3 * scale**2]}
    header, at = {}, 0
    for name, shape in shapes.items():
        length = 4 * int(numpy.prod(shape))
        header[name] = {"dtype": "F32", "shape": shape, "data_offsets": [at, at + length]}
        at += length
    text = json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(text)) + text + bytes(at))


def linear_of(value):
    return numpy.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)


def encoded(linear):
    return numpy.where(linear <= 0.0031308, linear * 12.92, 1.055 * numpy.maximum(linear, 0) ** (1 / 2.4) - 0.055)


# Linear light of Display P3 in that of sRGB.
P3_TO_SRGB = numpy.array([[1.2249401, -0.2249404, 0], [-0.0420569, 1.0420571, 0], [-0.0196376, -0.0786361, 1.0982735]])


def write_16_bits(path, value, profile=None):
    """a PNG; Pillow has no color of 16 bits"""
    pixels = (value.clip(0, 1) * 65535).round().astype(">u2")
    height, width, _ = pixels.shape
    chunk = lambda name, data: struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
    chunks = [chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 16, 2, 0, 0, 0))]
    chunks += [chunk(b"iCCP", b"p3\0\0" + zlib.compress(profile))] if profile else []
    chunks += [chunk(b"IDAT", zlib.compress(b"".join(b"\0" + row.tobytes() for row in pixels))), chunk(b"IEND", b"")]
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + b"".join(chunks))


def sixteen_bits(gannet, run_folder, folder, side, profile):
    value = numpy.asarray(photograph(side)) / 255
    write_16_bits(folder / "16.png", value)
    write_16_bits(folder / "16-p3.png", encoded(linear_of(value) @ numpy.linalg.inv(P3_TO_SRGB).T), profile)
    made = {}
    for name in ("16", "16-p3"):
        run(gannet, "translate", run_folder, folder / f"{name}.png", "-o", folder / f"{name}-out.png", "--force")
        made[name] = imagecodecs.imread(folder / f"{name}-out.png") / 65535
    back = encoded(linear_of(made["16-p3"]) @ P3_TO_SRGB.T).clip(0, 1)
    delta = ciede2000(lab(255 * back, 1), lab(255 * made["16"], 1))
    print(json.dumps({"command": "translate RUN, 16 bits", "all": summary(delta)}), flush=True)


def lab(picture, step):
    """of an sRGB picture, D65"""
    linear = linear_of(numpy.asarray(picture)[::step, ::step].reshape(-1, 3) / 255)
    to_xyz = numpy.array([[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]])
    ratio = linear @ to_xyz.T / (to_xyz.sum(1))
    f = numpy.where(ratio > (6 / 29) ** 3, numpy.cbrt(ratio), ratio / (3 * (6 / 29) ** 2) + 4 / 29)
    return numpy.stack([116 * f[:, 1] - 16, 500 * (f[:, 0] - f[:, 1]), 200 * (f[:, 1] - f[:, 2])])


def ciede2000(one, two):
    """Sharma, Wu and Dalal 2005"""
    (l1, a1, b1), (l2, a2, b2) = one, two
    mean_c = (numpy.hypot(a1, b1) + numpy.hypot(a2, b2)) / 2
    g = 0.5 * (1 - numpy.sqrt(mean_c**7 / (mean_c**7 + 25**7)))
    a1, a2 = (1 + g) * a1, (1 + g) * a2
    c1, c2 = numpy.hypot(a1, b1), numpy.hypot(a2, b2)
    h1, h2 = (numpy.degrees(numpy.arctan2(b, a)) % 360 for a, b in ((a1, b1), (a2, b2)))
    turn = (h2 - h1 + 180) % 360 - 180
    turn = numpy.where(c1 * c2 == 0, 0, turn)
    dl, dc, dh = l2 - l1, c2 - c1, 2 * numpy.sqrt(c1 * c2) * numpy.sin(numpy.radians(turn / 2))
    l, c = (l1 + l2) / 2, (c1 + c2) / 2
    h = numpy.where(c1 * c2 == 0, h1 + h2, (h1 + turn / 2) % 360)
    cos = lambda factor, at: numpy.cos(numpy.radians(factor * h + at))
    t = 1 - 0.17 * cos(1, -30) + 0.24 * cos(2, 0) + 0.32 * cos(3, 6) - 0.2 * cos(4, -63)
    rotation = 60 * numpy.exp(-(((h - 275) / 25) ** 2))
    rc = 2 * numpy.sqrt(c**7 / (c**7 + 25**7))
    sl, sc, sh = 1 + 0.015 * (l - 50) ** 2 / numpy.sqrt(20 + (l - 50) ** 2), 1 + 0.045 * c, 1 + 0.015 * c * t
    dl, dc, dh = dl / sl, dc / sc, dh / sh
    return numpy.sqrt(dl**2 + dc**2 + dh**2 - numpy.sin(numpy.radians(rotation)) * rc * dc * dh)


def summary(values):
    return [round(float(value), 3) for value in (values.mean(), numpy.percentile(values, 99), values.max())]


def differences(made, right, step=3, known=None):
    """of two sRGB pictures of one size; `known` is a rectangle that does not count"""
    delta = ciede2000(lab(made, step), lab(right, step)).reshape(-(-right.height // step), -1)
    if known:
        left, top, width, height = known
        delta[top // step:(top + height) // step + 1, left // step:(left + width) // step + 1] = 0
    return {"all": summary(delta), "inside": summary(delta[:, : delta.shape[1] // 2 - 20])}


def run(program, *words):
    call = ["/usr/bin/time", "-f", "%e %M", program, *map(str, words)]
    done = subprocess.run(call, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    if done.returncode:
        raise SystemExit(f"gannet {' '.join(map(str, words))}: {done.stderr}")
    seconds, kibibytes = done.stderr.split()[-2:]
    return {"seconds": float(seconds), "MiB": int(kibibytes) >> 10}


def report(name, cost, path, source, right, **options):
    made = Image.open(path)
    kept = {
        "profile": made.info.get("icc_profile") == source.info["icc_profile"],
        "exif": dict(made.getexif()) == dict(source.getexif()),
        "size": list(made.size),
    }
    print(json.dumps({"command": name} | differences(to_srgb(made), right, **options) | kept | cost), flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("gannet")
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--side", type=int, default=4000)
    parser.add_argument("--only", nargs="*")
    given = parser.parse_args()
    given.folder.mkdir(parents=True, exist_ok=True)
    at = lambda name: given.folder / name
    write_input(at("p3.jpg"), given.side)
    source = Image.open(at("p3.jpg"))
    right = to_srgb(source)
    wanted = lambda name: not given.only or name in given.only
    box = [given.side // 4, given.side // 5, given.side // 10, given.side // 12]
    if wanted("upscale"):
        cost = run(given.gannet, "upscale", "--weights", CASES / "nearest4.pth", at("p3.jpg"), "-o", at("upscale.png"), "--force")
        large = right.resize((4 * right.width, 4 * right.height), Image.NEAREST)
        report("upscale", cost, at("upscale.png"), source, large, step=7)
        at("upscale.png").unlink()
    if wanted("translate"):
        identity(at("identity.safetensors"), 1)
        cost = run(given.gannet, "translate", "--weights", at("identity.safetensors"), at("p3.jpg"), "-o", at("translate.png"), "--force")
        report("translate", cost, at("translate.png"), source, right)
    if wanted("inpaint"):
        words = ["--box", ",".join(map(str, box)), "-o", at("inpaint.png"), "--force"]
        cost = run(given.gannet, "inpaint", "--diffuse", at("p3.jpg"), *words)
        report("inpaint --diffuse", cost, at("inpaint.png"), source, right, known=box)
    write_input(at("inside.jpg"), given.side, 1)
    source = Image.open(at("inside.jpg"))
    to_srgb(source).save(at("srgb.png"))
    for name, recipe, sets, words in (
        ("translate RUN", "shapes-pix2pix", ["model.width=4"], lambda run, picture: ["translate", run, picture]),
        ("inpaint RUN", "folder-inpaint", ["model.width=4", "data.size=64", "data.patches=0"],
         lambda run, picture: ["inpaint", run, picture, "--box", ",".join(map(str, box))]),
        ("stylize RUN", "shapes-style", ["model.width=8"], lambda run, picture: ["stylize", picture, "--run", run, "--size", "0"]),
    ):
        if not wanted(name):
            continue
        folder = at(recipe)
        sets = [word for key in [*sets, "train.steps=1", "train.batch=2"] for word in ("--set", key)]
        data = ["--data", "shapes"] if recipe.startswith("folder") else []
        run(given.gannet, "train", recipe, *data, "--run", folder, "--force", *sets)
        out = at(f"{recipe}.png")
        cost = run(given.gannet, *words(folder, at("inside.jpg")), "-o", out, "--force")
        run(given.gannet, *words(folder, at("srgb.png")), "-o", at(f"{recipe}-srgb.png"), "--force")
        known = box if recipe == "folder-inpaint" else None
        report(name, cost, out, source, to_srgb(Image.open(at(f"{recipe}-srgb.png"))), known=known)
        if name == "translate RUN":
            sixteen_bits(given.gannet, folder, given.folder, given.side, source.info["icc_profile"])


if __name__ == "__main__":
    main()
