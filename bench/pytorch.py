"""PyTorch's side of the comparison: one kind of work, timed by itself.

    python bench/pytorch.py --work dcgan-step --size 32 --width 32 --batch 64 --channels 1 --inputs inputs.safetensors

The options are those of `gannet-bench`, which wrote the inputs: `generator.*`, `discriminator.*`, `real`, `latent`.
Networks and training step are those of scripts/reference/dcgan.py. With --outputs it first writes `images` =
generator(latent) and `logits` = discriminator(real), in the mode of the work and before any step. The last line is
JSON: {"median_ms", "min_ms", "steps", "peak_mb", "interpreter_mb"}; the last is what Python and PyTorch take when
nothing is done yet.
"""

import argparse
import copy
import json
import pathlib
import statistics
import sys
import time

import torch
import torch.nn.functional as F
from safetensors.torch import load_file, save_file
from torch import nn


def peak_mb():
    """The most memory that this process ever had, where the system tells."""
    status = pathlib.Path("/proc/self/status")
    lines = status.read_text().splitlines() if status.exists() else []
    peaks = [int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM:")]
    return peaks[0] if peaks else None


INTERPRETER_MB = peak_mb()
sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "scripts" / "reference"))
import dcgan  # noqa: E402

WARM_UP = 3


class Mlp(nn.Module):
    """Goodfellow 2014, with two hidden layers; their sizes are those of the given parameters."""

    def __init__(self, tensors, prefix, activation):
        super().__init__()
        shape = lambda layer: reversed(tensors[f"{prefix}{layer}.weight"].shape)
        self.hidden = nn.ModuleList(nn.Linear(*shape(f"hidden.{i}")) for i in range(2))
        self.output = nn.Linear(*shape("output"))
        self.activation = activation

    def forward(self, x):
        x = x.flatten(1)
        for hidden in self.hidden:
            x = self.activation(hidden(x))
        return self.output(x)


class MlpGenerator(Mlp):
    def __init__(self, tensors, shape):
        super().__init__(tensors, "generator.", F.relu)
        self.shape = shape

    def forward(self, latent):
        return torch.tanh(super().forward(latent)).unflatten(1, self.shape)


def networks(args, tensors):
    """Generator and discriminator with the given parameters."""
    if args.work == "mlp-step":
        generator = MlpGenerator(tensors, (args.channels, args.size, args.size))
        discriminator = Mlp(tensors, "discriminator.", lambda x: F.leaky_relu(x, 0.2))
        for net, prefix in ((generator, "generator."), (discriminator, "discriminator.")):
            net.load_state_dict({k.removeprefix(prefix): v for k, v in tensors.items() if k.startswith(prefix)})
    else:
        generator = dcgan.Generator(args.size, args.channels, args.width, tensors["latent"].shape[1])
        discriminator = dcgan.Discriminator(args.size, args.channels, args.width)
        dcgan.load(generator, tensors, "generator.")
        dcgan.load(discriminator, tensors, "discriminator.")
    return generator, discriminator


def write_outputs(generator, discriminator, real, latent, path):
    """Of copies, so that running statistics stay as they were."""
    with torch.no_grad():
        images, logits = copy.deepcopy(generator)(latent), copy.deepcopy(discriminator)(real)
    save_file({"images": images.contiguous(), "logits": logits.contiguous()}, path)


def work(args, generator, discriminator, real, latent):
    """What is timed, as a function without arguments."""
    if args.work.endswith("-generate"):
        return torch.inference_mode()(lambda: generator(latent))
    adam_g, adam_d = dcgan.adam(generator), dcgan.adam(discriminator)
    return lambda: dcgan.step(generator, discriminator, adam_g, adam_d, real, latent)


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--work", choices=["dcgan-step", "mlp-step", "dcgan-generate"], default="dcgan-step")
    for name, default in (("size", 32), ("width", 32), ("batch", 64), ("channels", 1), ("steps", 30), ("threads", 2)):
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument("--layout", choices=["contiguous", "channels_last"], default="contiguous")
    parser.add_argument("--compile", action="store_true", help="torch.compile both networks")
    parser.add_argument("--inputs", required=True, help="parameters and batch")
    parser.add_argument("--outputs", help="where to write the outputs before training")
    return parser.parse_args()


def main():
    args = arguments()
    torch.set_num_threads(args.threads)
    tensors = load_file(args.inputs)
    real, latent = tensors["real"], tensors["latent"]
    generator, discriminator = networks(args, tensors)
    if args.work.endswith("-generate"):
        generator, discriminator = generator.eval(), discriminator.eval()
    if args.layout == "channels_last":
        generator, discriminator, real = (
            x.to(memory_format=torch.channels_last) for x in (generator, discriminator, real)
        )
    if args.outputs:
        write_outputs(generator, discriminator, real, latent, args.outputs)
    if not args.steps:
        return
    if args.compile:
        generator, discriminator = torch.compile(generator), torch.compile(discriminator)
    run = work(args, generator, discriminator, real, latent)
    times = []
    for _ in range(WARM_UP + args.steps):
        start = time.perf_counter()
        run()
        times.append((time.perf_counter() - start) * 1e3)
    times = times[WARM_UP:]
    print(json.dumps({
        "median_ms": statistics.median(times),
        "min_ms": min(times),
        "steps": args.steps,
        "peak_mb": peak_mb(),
        "interpreter_mb": INTERPRETER_MB,
    }))


if __name__ == "__main__":
    main()
