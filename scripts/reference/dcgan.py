"""DCGAN in PyTorch (Radford, Metz, Chintala 2015, arXiv:1511.06434), and the numbers Gannet's DCGAN is held to.

    python scripts/reference/dcgan.py        # writes dcgan.safetensors beside this file

Three small cases, named SIZExCHANNELS. Their parameters are not the paper's initial values but N(., 0.1) throughout,
so that every bias and every norm's shift matters. All is computed in float64 from float32 inputs and stored as
float32. Keys of a case, where NET is `generator` or `discriminator`:

    CASE.NET.PARAM            before the step; CASE.latent [n, z], CASE.real [n, c, s, s] are the batch
    CASE.images               generator(latent) in training mode
    CASE.logits_real, _fake   discriminator(real), discriminator(images), each with its own batch's statistics, [n, 1]
    CASE.grad.NET.PARAM       gradient of that network's non-saturating loss, both networks as before the step
    CASE.loss.KIND.NET        [1]; KIND is non_saturating, minimax or least_squares
    CASE.after.NET.PARAM      after `step`, running statistics included
"""

import copy
import pathlib

import torch
import torch.nn.functional as F
from torch import nn

BASE = 4
# Sides of the feature maps but the smallest, from the image's half; an odd side is made from 4 with a kernel of 3.
SIDES = {28: [14, 7], 32: [16, 8], 64: [32, 16, 8], 128: [64, 32, 16, 8]}
KERNELS = {size: [3 if side % 2 else 4 for side in sides] for size, sides in SIDES.items()}


class Generator(nn.Module):
    """latent [n, z] -> images [n, c, size, size] in [-1, 1]"""

    def __init__(self, size, channels, width, latent):
        super().__init__()
        widths = [width << i for i in reversed(range(len(SIDES[size]) + 1))]
        layers = list(zip(widths, widths[1:], reversed(KERNELS[size])))
        self.project = nn.ConvTranspose2d(latent, widths[0], BASE, bias=False)
        self.project_norm = nn.BatchNorm2d(widths[0])
        self.up = nn.ModuleList(nn.ConvTranspose2d(a, b, k, 2, 1, bias=False) for a, b, k in layers)
        self.up_norm = nn.ModuleList(nn.BatchNorm2d(b) for _, b, _ in layers)
        self.to_image = nn.ConvTranspose2d(width, channels, 4, 2, 1)

    def forward(self, latent):
        x = F.relu(self.project_norm(self.project(latent[:, :, None, None])))
        for up, norm in zip(self.up, self.up_norm):
            x = F.relu(norm(up(x)))
        return torch.tanh(self.to_image(x))


class Discriminator(nn.Module):
    """images [n, c, size, size] -> logits [n, 1]"""

    def __init__(self, size, channels, width):
        super().__init__()
        widths = [width << i for i in range(len(SIDES[size]) + 1)]
        layers = list(zip(widths, widths[1:], KERNELS[size]))
        self.from_image = nn.Conv2d(channels, width, 4, 2, 1)
        self.down = nn.ModuleList(nn.Conv2d(a, b, k, 2, 1, bias=False) for a, b, k in layers)
        self.down_norm = nn.ModuleList(nn.BatchNorm2d(b) for _, b, _ in layers)
        self.score = nn.Conv2d(widths[-1], 1, BASE)

    def forward(self, images):
        x = F.leaky_relu(self.from_image(images), 0.2)
        for down, norm in zip(self.down, self.down_norm):
            x = F.leaky_relu(norm(down(x)), 0.2)
        return self.score(x).flatten(1)


def initialise(net):
    """The paper's: convolutions N(0, 0.02), norms' scales N(1, 0.02), biases and shifts 0."""
    for name, parameter in net.named_parameters():
        if name.endswith("bias"):
            nn.init.zeros_(parameter)
        else:
            nn.init.normal_(parameter, 1.0 if "norm" in name else 0.0, 0.02)
    return net


def adam(net):
    return torch.optim.Adam(net.parameters(), lr=2e-4, betas=(0.5, 0.999), eps=1e-8)


def discriminator_loss(real, fake):
    """Goodfellow 2014, eq. 1: mean -log s(real) + mean -log(1 - s(fake)), of logits."""
    return F.softplus(-real).mean() + F.softplus(fake).mean()


def generator_loss(fake):
    """Goodfellow 2014, section 3, non-saturating: mean -log s(fake)."""
    return F.softplus(-fake).mean()


def losses(real, fake):
    """By KIND, (discriminator, generator). Least squares: Mao 2016, eq. 2, with a=0, b=c=1."""
    half_squares = lambda x, target: 0.5 * (x - target).square().mean()
    return {
        "non_saturating": (discriminator_loss(real, fake), generator_loss(fake)),
        "minimax": (discriminator_loss(real, fake), -F.softplus(fake).mean()),
        "least_squares": (half_squares(real, 1) + half_squares(fake, 0), half_squares(fake, 1)),
    }


def step(generator, discriminator, adam_g, adam_d, real, latent):
    """One training step: one generator forward serves both phases; the discriminator runs three times in training
    mode (real, fake, and fake again after its update), and its running statistics move each time."""
    fake = generator(latent)

    adam_d.zero_grad()
    discriminator_loss(discriminator(real), discriminator(fake.detach())).backward()
    adam_d.step()

    adam_g.zero_grad()
    discriminator.requires_grad_(False)
    generator_loss(discriminator(fake)).backward()
    discriminator.requires_grad_(True)
    adam_g.step()


def key(name):
    """PyTorch's name -> Gannet's: a norm's weight and bias are gamma and beta."""
    if "norm" in name:
        name = name.replace("weight", "gamma").replace("bias", "beta")
    return name


def export(net):
    """Parameters and running statistics by Gannet's keys."""
    return {key(n): t.detach() for n, t in net.state_dict().items() if not n.endswith("num_batches_tracked")}


def load(net, tensors, prefix):
    """The reverse of `export`, from `tensors` whose keys start with `prefix`."""
    state = net.state_dict()
    net.load_state_dict({n: tensors[prefix + key(n)] if prefix + key(n) in tensors else state[n] for n in state})
    missing = {prefix + n for n in export(net)} - tensors.keys()
    assert not missing, f"not in the file: {sorted(missing)}"
    return net


def case(size, channels, width, latent_size, batch):
    """Every tensor of one case."""
    draw = lambda *shape, scale=1.0: (scale * torch.randn(shape)).double()  # exact in float32
    nets = {
        "generator": Generator(size, channels, width, latent_size).double(),
        "discriminator": Discriminator(size, channels, width).double(),
    }
    for net in nets.values():
        for name, parameter in net.named_parameters():
            scale = "norm" in name and name.endswith("weight")
            parameter.data = (draw(*parameter.shape, scale=0.1) + (1.0 if scale else 0.0)).float().double()
    latent, real = draw(batch, latent_size), torch.tanh(draw(batch, channels, size, size)).float().double()
    out = {"latent": latent, "real": real}

    def put(prefix, tensors):
        out.update({prefix + name: tensor.detach().clone() for name, tensor in tensors.items()})

    for name, net in nets.items():
        put(f"{name}.", export(net))

    # A copy, so that the step below starts from untouched running statistics.
    generator, discriminator = copy.deepcopy(list(nets.values()))
    images = generator(latent)
    logits_real, logits_fake = discriminator(real), discriminator(images)
    put("", {"images": images, "logits_real": logits_real, "logits_fake": logits_fake})
    for kind, values in losses(logits_real, logits_fake).items():
        put(f"loss.{kind}.", {n: v.reshape(1) for n, v in zip(("discriminator", "generator"), values)})
    for name, net, loss in (
        ("generator", generator, generator_loss(logits_fake)),
        ("discriminator", discriminator, discriminator_loss(logits_real, logits_fake)),
    ):
        names, parameters = zip(*net.named_parameters())
        gradients = torch.autograd.grad(loss, parameters, retain_graph=True)
        put(f"grad.{name}.", dict(zip(map(key, names), gradients)))

    generator, discriminator = nets.values()
    step(generator, discriminator, adam(generator), adam(discriminator), real, latent)
    for name, net in nets.items():
        put(f"after.{name}.", export(net))
    return {name: tensor.float().contiguous() for name, tensor in out.items()}


def main():
    from safetensors.torch import save_file

    torch.set_num_threads(1)
    torch.manual_seed(0)
    tensors = {}
    for size, channels, width, latent, batch in ((28, 1, 3, 5, 3), (32, 3, 2, 8, 3), (64, 1, 1, 8, 2)):
        made = case(size, channels, width, latent, batch)
        tensors |= {f"{size}x{channels}.{name}": tensor for name, tensor in made.items()}
    save_file(tensors, pathlib.Path(__file__).with_suffix(".safetensors"))


if __name__ == "__main__":
    main()
