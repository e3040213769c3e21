"""PyTorch's side of the comparison: one kind of work, timed by itself.

    python bench/pytorch.py --work dcgan-step --size 32 --width 32 --batch 64 --channels 1 --inputs inputs.safetensors

The options are those of `gannet-bench`, which wrote the inputs: `generator.*` and `latent`, for training also
`discriminator.*` and `real`. Networks and training step are those of scripts/reference/dcgan.py. With --outputs it
first writes `images` = generator(latent) and, for training, `logits` = discriminator(real), in the mode of the work
and before any step. SNGAN's and R3GAN's networks are those of scripts/reference/modern.py, networks from images to images
those of translators.py and enlargers.py, with `given` in place of `latent`. The last line is JSON: {"median_ms", "min_ms", "steps",
"peak_mb", "interpreter_mb"}; the last is what Python and PyTorch take when nothing is done yet. `--work product` needs
no inputs and prints {"gflops"}.
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
import enlargers  # noqa: E402
import modern  # noqa: E402
import translators  # noqa: E402

WARM_UP = 3
LAYOUTS = {"contiguous": torch.contiguous_format, "channels_last": torch.channels_last}


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


def mlp_networks(args, tensors):
    generator = MlpGenerator(tensors, (args.channels, args.size, args.size))
    discriminator = Mlp(tensors, "discriminator.", lambda x: F.leaky_relu(x, 0.2))
    for net, prefix in ((generator, "generator."), (discriminator, "discriminator.")):
        net.load_state_dict({k.removeprefix(prefix): v for k, v in tensors.items() if k.startswith(prefix)})
    return generator, discriminator


def dcgan_generator(args, tensors):
    latent = tensors["latent"].shape[1]
    return dcgan.load(dcgan.Generator(args.size, args.channels, args.width, latent), tensors, "generator.")


def dcgan_networks(args, tensors):
    discriminator = dcgan.Discriminator(args.size, args.channels, args.width)
    return dcgan_generator(args, tensors), dcgan.load(discriminator, tensors, "discriminator.")


class Modern(nn.Module):
    """One of modern.py's networks with the parameters below a prefix, which it asks for by name."""

    def __init__(self, tensors, prefix, network):
        super().__init__()
        self.network = network
        self.learned, self.measured = nn.ParameterDict(), {}
        for name, value in tensors.items():
            if name.startswith(prefix):
                name = name.removeprefix(prefix)
                if "running_" in name:
                    self.measured[name] = value
                else:
                    self.learned[name.replace(".", "/")] = nn.Parameter(value)

    def __contains__(self, name):
        return name in self.measured

    def __getitem__(self, name):
        return self.measured[name]

    def __setitem__(self, name, value):
        """Running statistics, which a batch's replace."""

    def spectral(self, name, weight):
        return modern.Weights.spectral(self, name, weight)

    def forward(self, x):
        ask = lambda name, *shape: self.learned[name.replace(".", "/")]
        return self.network(Asked(self, ask), x)


class Asked:
    """modern.py's weights: called with a name and a shape"""

    def __init__(self, owner, ask):
        self.owner, self.ask = owner, ask

    def __call__(self, name, *shape):
        return self.ask(name, *shape)

    def __setitem__(self, name, value):
        self.owner[name] = value

    def spectral(self, name, weight):
        return self.owner.spectral(name, weight)


def modern_networks(args, tensors):
    size, channels, width = args.size, args.channels, args.width
    if args.work == "sngan-step":
        generator = lambda w, z: modern.sngan_generator(w, z, size, channels, width)
        discriminator = lambda w, x: modern.sngan_discriminator(w, x, size, width)[0][:, None]
    else:
        generator = lambda w, z: modern.r3gan_generator(w, z, size, channels, width)
        discriminator = lambda w, x: modern.r3gan_discriminator(w, x, size, width)[0][:, None]
    return Modern(tensors, "generator.", generator), Modern(tensors, "discriminator.", discriminator)


NETWORKS = {"mlp-step": mlp_networks, "sngan-step": modern_networks, "r3gan-step": modern_networks}


def prepared(args, net):
    """In the layout that was asked for, and compiled where that was."""
    net = net.to(memory_format=LAYOUTS[args.layout])
    return torch.compile(net) if args.compile else net


def squared_slopes(images, logits):
    """R1 or R2 of weight 2: the mean squared gradient of the logits, with a graph of its own."""
    (slopes,) = torch.autograd.grad(logits.sum(), images, create_graph=True)
    return slopes.square().flatten(1).sum(1).mean()


def penalised_step(generator, discriminator, adam_g, adam_d, real, latent, gamma):
    """dcgan.step with R1 and R2 by double backward."""
    fake = generator(latent)

    adam_d.zero_grad()
    real, detached = real.detach().requires_grad_(), fake.detach().requires_grad_()
    on_real, on_fake = discriminator(real), discriminator(detached)
    penalties = squared_slopes(real, on_real) + squared_slopes(detached, on_fake)
    (dcgan.discriminator_loss(on_real, on_fake) + gamma / 2 * penalties).backward()
    adam_d.step()

    adam_g.zero_grad()
    discriminator.requires_grad_(False)
    dcgan.generator_loss(discriminator(fake)).backward()
    discriminator.requires_grad_(True)
    adam_g.step()


def slopes_of_r1(discriminator, real):
    """What each weight learns from R1, divided by its largest."""
    real = real.detach().requires_grad_()
    named = [(n, p) for n, p in discriminator.named_parameters() if n.endswith("weight") and "norm" not in n]
    slopes = torch.autograd.grad(squared_slopes(real, discriminator(real)), [p for _, p in named])
    return {f"slopes.{n.removeprefix('learned.').replace('/', '.')}": (s / s.abs().max().clamp_min(1e-12)).flatten()
            for (n, _), s in zip(named, slopes)}


def training(args, tensors):
    """A step, and the outputs before it, as functions without arguments."""
    networks = NETWORKS.get(args.work, dcgan_networks)
    generator, discriminator = (prepared(args, net) for net in networks(args, tensors))
    real, latent = tensors["real"].contiguous(memory_format=LAYOUTS[args.layout]), tensors["latent"]
    adam_g, adam_d = dcgan.adam(generator), dcgan.adam(discriminator)

    @torch.no_grad()
    def outputs():
        before = copy.deepcopy([net.state_dict() for net in (generator, discriminator)])
        found = {"images": generator(latent), "logits": discriminator(real)}
        if args.gamma:
            with torch.enable_grad():
                found |= slopes_of_r1(discriminator, real)
        for net, state in zip((generator, discriminator), before):  # running statistics moved
            net.load_state_dict(state)
        return found

    players = (generator, discriminator, adam_g, adam_d, real, latent)
    if args.gamma:
        return lambda: penalised_step(*players, args.gamma), outputs
    return lambda: dcgan.step(*players), outputs


def generating(args, tensors):
    """A batch of images, and the same as outputs, as functions without arguments."""
    generator = prepared(args, dcgan_generator(args, tensors).eval())
    images = torch.inference_mode()(lambda: generator(tensors["latent"]))
    return images, lambda: {"images": images()}


def resnet_names(blocks):
    """Gannet's names of the convolutions of CycleGAN's generator, in PyTorch's order."""
    middle = [f"blocks.{at}.{conv}" for at in range(blocks) for conv in ("first", "second")]
    return ["from_image", "down.0", "down.1", *middle, "up.0", "up.1", "to_image"], []


def unet_names(levels):
    """The same of the U-Net's, and of its norms."""
    ways = lambda way, levels: [f"{way}.{at}" for at in levels]
    up = range(levels - 1, -1, -1)
    return (ways("down", range(levels)) + ways("up", up),
            ways("down_norm", range(levels - 2)) + ways("up_norm", up[1:]))


def rrdb_names(blocks):
    """The same of ESRGAN's network."""
    body = [f"blocks.{at}.dense.{dense}.convs.{conv}" for at in range(blocks) for dense in range(3) for conv in range(5)]
    return ["from_image", *body, "behind", "double.0", "double.1", "last", "to_image"], []


def painter_names(blocks):
    """The same of the painter, and of its norms."""
    body = [f"blocks.{at}.{half}" for at in range(blocks) for half in ("first", "second")]
    normed = ["from_image", "down.0", "down.1", *body, "up.0", "up.1"]
    return [f"{name}.conv" for name in normed] + ["to_image"], [f"{name}.norm" for name in normed]


class Signed(nn.Module):
    """a network of images in [0, 1], from and to images in [-1, 1]"""

    def __init__(self, net):
        super().__init__()
        self.net = net

    def forward(self, x):
        return self.net(x * 0.5 + 0.5) * 2 - 1


THEIRS = {"gamma": "weight", "beta": "bias"}


def translator(args, tensors):
    """The network of the work with its parameters."""
    net, (convs, norms) = {
        "resnet-translate": lambda: (translators.resnet(3, 3, 9, args.width, "instance"), resnet_names(9)),
        "unet-translate": lambda: (translators.unet(3, 3, 8, args.width, "batch"), unet_names(8)),
        "rrdb-upscale": lambda: (Signed(enlargers.RrdbNet(4, args.width, 23, args.width // 2)), rrdb_names(23)),
        "johnson-paint": lambda: (enlargers.Painter(args.width, 5), painter_names(5)),
    }[args.work]()
    found = [m for m in net.modules() if isinstance(m, (nn.Conv2d, nn.ConvTranspose2d))]
    kept = [m for m in net.modules() if isinstance(m, (nn.BatchNorm2d, nn.InstanceNorm2d)) and m.affine]
    for module, name in zip(found + kept, convs + norms, strict=True):
        prefix = f"generator.{name}."
        own = {k.rsplit(".", 1)[1]: v for k, v in tensors.items() if k.startswith(prefix)}
        own = {THEIRS.get(name, name): value for name, value in own.items()}
        module.load_state_dict(own | {k: v for k, v in module.state_dict().items() if k == "num_batches_tracked"})
    return net.eval()


def translating(args, tensors):
    """Images to images, and the same as outputs, as functions without arguments."""
    net = prepared(args, translator(args, tensors))
    given = tensors["given"].contiguous(memory_format=LAYOUTS[args.layout])
    images = torch.inference_mode()(lambda: net(given))
    return images, lambda: {"images": images()}


OTHERS = {"dcgan-generate": generating} | dict.fromkeys(
    ["resnet-translate", "unet-translate", "rrdb-upscale", "johnson-paint"], translating)


def product():
    """GFLOP/s of a matrix product of 2048 by 2048 by 2048."""
    a, b = torch.randn(2, 2048, 2048)
    return {"gflops": 2 * 2048**3 / statistics.median(milliseconds(lambda: a @ b, 15)) / 1e6}


def milliseconds(run, steps):
    """Of each run after the warm-up; none where there are no steps."""
    times = []
    for _ in range(WARM_UP + steps if steps else 0):
        start = time.perf_counter()
        run()
        times.append((time.perf_counter() - start) * 1e3)
    return times[WARM_UP:]


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    kinds = ["dcgan-step", *NETWORKS, *OTHERS, "product"]
    parser.add_argument("--work", choices=kinds, default="dcgan-step")
    for name, default in (("size", 32), ("width", 32), ("batch", 64), ("channels", 1), ("steps", 30), ("threads", 2)):
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument("--gamma", type=float, default=0.0)
    parser.add_argument("--layout", choices=list(LAYOUTS), default="contiguous")
    parser.add_argument("--compile", action="store_true", help="torch.compile the networks")
    parser.add_argument("--double", action="store_true", help="float64 throughout")
    parser.add_argument("--inputs", help="parameters and batch")
    parser.add_argument("--outputs", help="where to write the outputs before any step")
    args = parser.parse_args()
    if args.work != "product" and not args.inputs:
        parser.error(f"--work {args.work} needs --inputs")
    return args


def main():
    args = arguments()
    torch.set_num_threads(args.threads)
    if args.work == "product":
        print(json.dumps(product()))
        return
    start = OTHERS.get(args.work, training)
    tensors = load_file(args.inputs)
    if args.double:
        torch.set_default_dtype(torch.float64)
        tensors = {name: tensor.double() for name, tensor in tensors.items()}
    run, outputs = start(args, tensors)
    if args.outputs:
        save_file({name: tensor.contiguous() for name, tensor in outputs().items()}, args.outputs)
    times = milliseconds(run, args.steps)
    print(json.dumps({
        "median_ms": statistics.median(times) if times else None,
        "min_ms": min(times, default=None),
        "steps": args.steps,
        "peak_mb": peak_mb(),
        "interpreter_mb": INTERPRETER_MB,
    }))


if __name__ == "__main__":
    main()
