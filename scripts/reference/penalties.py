"""Penalties on the discriminator's gradient by PyTorch's double backward, and the numbers Gannet's are held to.

    python scripts/reference/penalties.py    # reads dcgan.safetensors, writes penalties.safetensors beside this file

Of the cases 28x1 and 32x3 of dcgan.py, whose discriminator has batch norm, in training mode and float64:

    CASE.points               0.3 real + 0.7 images, where the penalties between the two are taken
    CASE.KIND.value [1]       KIND is r1 (at real), r2 (at images), wgan-gp and zero-gp (at points), each with weight 3
    CASE.KIND.grad.PARAM      its gradient; parameters that it does not depend on are left out

Case `spectral` is the discriminator of 28x1 without norms, with biases, each weight under torch.nn.utils.spectral_norm:

    spectral.discriminator.PARAM      before the pass; form.spectral.running_u and _v are weight_u and weight_v
    spectral.logits           of 28x1.real, whose pass makes one power iteration
    spectral.after.PARAM      weight_u and weight_v after it
    spectral.KIND.value, spectral.KIND.grad.PARAM     as above, each from the same start

    r1, r2    weight / 2 * mean |v|^2        wgan-gp   weight * mean (|v| - 1)^2        zero-gp   weight * mean |v|^2
    v         gradient of the sum of all logits in an image
"""

import copy
import pathlib

import torch
import torch.nn.functional as F
from dcgan import Discriminator, key, load
from torch import nn

WEIGHT = 3.0


def penalty(kind, v):
    squares = v.square().flatten(1).sum(1)
    return {
        "r1": lambda: WEIGHT / 2 * squares.mean(),
        "r2": lambda: WEIGHT / 2 * squares.mean(),
        "wgan-gp": lambda: WEIGHT * (squares.sqrt() - 1).square().mean(),
        "zero-gp": lambda: WEIGHT * squares.mean(),
    }[kind]()


class Spectral(nn.Module):
    """images [n, 1, 28, 28] -> logits [n, 1]"""

    def __init__(self, width):
        super().__init__()
        self.from_image = nn.Conv2d(1, width, 4, 2, 1)
        self.down = nn.ModuleList([nn.Conv2d(width, 2 * width, 4, 2, 1), nn.Conv2d(2 * width, 4 * width, 3, 2, 1)])
        self.score = nn.Conv2d(4 * width, 1, 4)
        for layer in (self.from_image, *self.down, self.score):
            layer.weight.data.normal_(0, 0.1)
            layer.bias.data.normal_(0, 0.1)
        for layer in (self.from_image, *self.down, self.score):
            nn.utils.spectral_norm(layer)

    def forward(self, x):
        for layer in (self.from_image, *self.down):
            x = F.leaky_relu(layer(x), 0.2)
        return self.score(x).flatten(1)


def spectral_key(name):
    """PyTorch's name -> Gannet's."""
    vectors = {"weight_u": "form.spectral.running_u", "weight_v": "form.spectral.running_v"}
    layer, _, last = name.rpartition(".")
    return f"{layer}.{vectors.get(last, last.removesuffix('_orig'))}"


def spectral(real, images, points):
    """The tensors of the case."""
    torch.manual_seed(0)
    start = Spectral(3).double()
    for parameter in start.state_dict().values():
        parameter.copy_(parameter.float().double())  # exact in float32
    out = {f"discriminator.{spectral_key(n)}": t.clone() for n, t in start.state_dict().items()}
    net = copy.deepcopy(start)
    out["logits"] = net(real).detach()
    out |= {f"after.{spectral_key(n)}": t for n, t in net.state_dict().items() if n.endswith(("_u", "_v"))}
    for kind, at in (("r1", real), ("r2", images), ("wgan-gp", points), ("zero-gp", points)):
        net, x = copy.deepcopy(start), at.clone().requires_grad_()
        (v,) = torch.autograd.grad(net(x).sum(), x, create_graph=True)
        value = penalty(kind, v)
        names, parameters = zip(*net.named_parameters())
        gradients = torch.autograd.grad(value, parameters, allow_unused=True)
        out[f"{kind}.value"] = value.detach().reshape(1)
        out |= {f"{kind}.grad.{spectral_key(n)}": g for n, g in zip(names, gradients) if g is not None}
    return {f"spectral.{name}": tensor for name, tensor in out.items()}


def main():
    from safetensors.torch import load_file, save_file

    torch.set_num_threads(1)
    folder = pathlib.Path(__file__).parent
    tensors = {name: tensor.double() for name, tensor in load_file(folder / "dcgan.safetensors").items()}
    out = {}
    for case, size, channels, width in (("28x1", 28, 1, 3), ("32x3", 32, 3, 2)):
        net = load(Discriminator(size, channels, width).double(), tensors, f"{case}.discriminator.")
        real, images = tensors[f"{case}.real"], tensors[f"{case}.images"]
        points = (0.3 * real + 0.7 * images).float().double()
        out[f"{case}.points"] = points
        for kind, at in (("r1", real), ("r2", images), ("wgan-gp", points), ("zero-gp", points)):
            x = at.clone().requires_grad_()
            (v,) = torch.autograd.grad(net(x).sum(), x, create_graph=True)
            value = penalty(kind, v)
            names, parameters = zip(*net.named_parameters())
            gradients = torch.autograd.grad(value, parameters, allow_unused=True)
            out[f"{case}.{kind}.value"] = value.detach().reshape(1)
            out |= {f"{case}.{kind}.grad.{key(n)}": g for n, g in zip(names, gradients) if g is not None}
    out |= spectral(tensors["28x1.real"], tensors["28x1.images"], out["28x1.points"])
    save_file({name: tensor.float().contiguous() for name, tensor in out.items()}, folder / "penalties.safetensors")


if __name__ == "__main__":
    main()
