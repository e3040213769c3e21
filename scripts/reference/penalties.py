"""Penalties on the discriminator's gradient by PyTorch's double backward, and the numbers Gannet's are held to.

    python scripts/reference/penalties.py    # reads dcgan.safetensors, writes penalties.safetensors beside this file

Of the cases 28x1 and 32x3 of dcgan.py, whose discriminator has batch norm, in training mode and float64:

    CASE.points               0.3 real + 0.7 images, where the penalties between the two are taken
    CASE.KIND.value [1]       KIND is r1 (at real), r2 (at images), wgan-gp and zero-gp (at points), each with weight 3
    CASE.KIND.grad.PARAM      its gradient; parameters that it does not depend on are left out

    r1, r2    weight / 2 * mean |v|^2        wgan-gp   weight * mean (|v| - 1)^2        zero-gp   weight * mean |v|^2
    v         gradient of the sum of all logits in an image
"""

import pathlib

import torch
from dcgan import Discriminator, key, load

WEIGHT = 3.0


def penalty(kind, v):
    squares = v.square().flatten(1).sum(1)
    return {
        "r1": lambda: WEIGHT / 2 * squares.mean(),
        "r2": lambda: WEIGHT / 2 * squares.mean(),
        "wgan-gp": lambda: WEIGHT * (squares.sqrt() - 1).square().mean(),
        "zero-gp": lambda: WEIGHT * squares.mean(),
    }[kind]()


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
    save_file({name: tensor.float().contiguous() for name, tensor in out.items()}, folder / "penalties.safetensors")


if __name__ == "__main__":
    main()
