"""PyTorch's side of the DCGAN training step: networks and step are scripts/reference/dcgan.py's.

    python bench/step.py --size 32 --width 32 --batch 64 --channels 1 --steps 30 --threads 2 --layout channels_last

Prints one JSON line, {"median_ms", "min_ms", "steps", "layout", "compile", "outputs"}. The same batch is used in
every step. With --weights and --batch-file (safetensors: `generator.*`, `discriminator.*`; `real`, `latent`) it
starts from those tensors; with --check it first writes `images` = generator(latent) and `logits` =
discriminator(real), both in training mode and before any step, to a safetensors file.
"""

import argparse
import copy
import json
import pathlib
import statistics
import sys
import time

import torch
from safetensors.torch import load_file, save_file

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "scripts" / "reference"))
import dcgan  # noqa: E402

WARM_UP = 3


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    for name, default in (("size", 32), ("width", 32), ("batch", 64), ("channels", 1), ("steps", 30), ("threads", 2)):
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument("--latent", type=int, default=100, help="length of the latent, where no file gives one")
    parser.add_argument("--layout", choices=["contiguous", "channels_last"], default="contiguous")
    parser.add_argument("--compile", action="store_true", help="torch.compile both networks")
    parser.add_argument("--weights", help="initial parameters")
    parser.add_argument("--batch-file", help="the batch; may be the same file")
    parser.add_argument("--check", help="where to write the outputs before training")
    return parser.parse_args()


def check(generator, discriminator, real, latent, path):
    """Copies, so that running statistics stay as they were."""
    with torch.no_grad():
        images, logits = copy.deepcopy(generator)(latent), copy.deepcopy(discriminator)(real)
    save_file({"images": images.contiguous(), "logits": logits.contiguous()}, path)


def main():
    args = arguments()
    torch.set_num_threads(args.threads)
    torch.manual_seed(0)
    if args.batch_file:
        tensors = load_file(args.batch_file)
        real, latent = tensors["real"], tensors["latent"]
        assert real.shape == (args.batch, args.channels, args.size, args.size), real.shape
    else:
        real = torch.tanh(torch.randn(args.batch, args.channels, args.size, args.size))
        latent = torch.randn(args.batch, args.latent)
    generator = dcgan.initialise(dcgan.Generator(args.size, args.channels, args.width, latent.shape[1]))
    discriminator = dcgan.initialise(dcgan.Discriminator(args.size, args.channels, args.width))
    if args.weights:
        tensors = load_file(args.weights)
        dcgan.load(generator, tensors, "generator.")
        dcgan.load(discriminator, tensors, "discriminator.")
    if args.layout == "channels_last":
        generator, discriminator, real = (
            x.to(memory_format=torch.channels_last) for x in (generator, discriminator, real)
        )
    if args.check:
        check(generator, discriminator, real, latent, args.check)

    adam_g, adam_d = dcgan.adam(generator), dcgan.adam(discriminator)
    if args.compile:
        generator, discriminator = torch.compile(generator), torch.compile(discriminator)
    times = []
    for _ in range(WARM_UP + args.steps):
        start = time.perf_counter()
        dcgan.step(generator, discriminator, adam_g, adam_d, real, latent)
        times.append((time.perf_counter() - start) * 1e3)
    times = times[WARM_UP:]
    print(json.dumps({
        "median_ms": statistics.median(times),
        "min_ms": min(times),
        "steps": args.steps,
        "layout": args.layout,
        "compile": args.compile,
        "outputs": args.check,
    }))


if __name__ == "__main__":
    main()
