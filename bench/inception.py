"""Features of 500 images by FID's Inception: Gannet beside torch-fidelity, on this machine, in turn.

    PYTHON=python python bench/inception.py --gannet target/release/gannet-bench [--rounds 3] [--images 500] [--threads 2]

Both sides read the same images (64 × 64 bytes) and the same file of seeded weights, and before any timing their features
must agree within 1e-4 of their mean size. A figure is the time from bytes in memory to features; the process's start and
the reading of files are left out on both sides. torch-fidelity runs in batches of 16 and of 64, and the faster one counts.
Needs torch, torch-fidelity, numpy and safetensors.
"""

import argparse
import json
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

import numpy as np

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "scripts" / "reference"))


def extractor(weights):
    from torch_fidelity.feature_extractor_inceptionv3 import FeatureExtractorInceptionV3

    return FeatureExtractorInceptionV3("inception-v3-compat", ["2048"], feature_extractor_weights_path=str(weights))


def theirs(folder, batch, threads, check):
    """Seconds of one pass; with `check` the first 16 images' features are saved instead."""
    import torch
    from safetensors.numpy import load_file

    torch.set_num_threads(threads)
    images = torch.from_numpy(load_file(folder / "images.safetensors")["images"]).to(torch.uint8).permute(0, 3, 1, 2)
    network = extractor(folder / "inception.pth")
    with torch.inference_mode():
        if check:
            return np.save(folder / "theirs.npy", network(images[:16].contiguous())[0].numpy())
        network(images[:batch].contiguous())
        start = time.perf_counter()
        for part in images.split(batch):
            network(part.contiguous())
        print(json.dumps({"seconds": time.perf_counter() - start}))


def prepare(folder, count):
    import seeded
    import torch
    from safetensors.numpy import save_file
    from torch_fidelity.feature_extractor_inceptionv3 import FeatureExtractorInceptionV3 as Extractor

    load, torch.load = torch.load, lambda *_, **__: None
    fill, Extractor.load_state_dict = Extractor.load_state_dict, lambda *_, **__: None
    network = extractor("none")
    torch.load, Extractor.load_state_dict = load, fill
    torch.save(seeded.state(seeded.shapes(network)), folder / "inception.pth")
    save_file({"images": seeded.images(count, (64, 64)).astype(np.float32)}, folder / "images.safetensors")


def ours(gannet, folder, threads, steps, check):
    words = [gannet, "--work", "inception", "--inputs", folder / "images.safetensors", "--threads", threads]
    words += ["--steps", steps] + (["--outputs", folder / "ours.safetensors"] if check else [])
    printed = subprocess.run([str(word) for word in words], check=True, capture_output=True, text=True).stdout
    return None if check else json.loads(printed.splitlines()[-1])["seconds"]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--gannet", required=True)
    for name, default in (("rounds", 3), ("images", 500), ("threads", 2)):
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument("--theirs", help=argparse.SUPPRESS, nargs=3)
    args = parser.parse_args()
    if args.theirs:
        return theirs(pathlib.Path(args.theirs[0]), int(args.theirs[1]), args.threads, args.theirs[2] == "check")

    from safetensors.numpy import load_file

    def process(folder, batch, check=False):
        words = [sys.executable, __file__, "--gannet", "-", "--threads", str(args.threads)]
        words += ["--theirs", str(folder), str(batch), "check" if check else "time"]
        printed = subprocess.run(words, check=True, capture_output=True, text=True).stdout
        return None if check else json.loads(printed.splitlines()[-1])["seconds"]

    with tempfile.TemporaryDirectory() as place:
        folder = pathlib.Path(place)
        prepare(folder, args.images)
        process(folder, 16, check=True)
        ours(args.gannet, folder, args.threads, 0, check=True)
        a, b = load_file(folder / "ours.safetensors")["features"], np.load(folder / "theirs.npy")
        off = float(np.abs(a - b).max() / np.abs(b).mean())
        if off > 1e-4:
            sys.exit(f"features differ by {off:.1e} of their mean size")
        mine, other = [], {16: [], 64: []}
        for _ in range(args.rounds):
            mine.append(ours(args.gannet, folder, args.threads, 1, check=False))
            for batch, times in other.items():
                times.append(process(folder, batch))
    best = min(statistics.median(times) for times in other.values())
    median = statistics.median(mine)
    print(f"features agree within {off:.1e} of their mean size")
    print("| work | ratio | Gannet, s | torch-fidelity, s |")
    print("| --- | ---: | ---: | ---: |")
    print(f"| Inception, {args.images} images | **{median / best:.2f}** | {median:.1f} | {best:.1f} |")


if __name__ == "__main__":
    main()
