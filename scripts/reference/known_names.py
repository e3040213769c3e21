"""Networks under all names that genuine files have, with scale and channels: the numbers that Gannet's are held to.

    pip install spandrel==0.4.2 torch==2.11.0
    python scripts/reference/known_names.py    # writes known_names.safetensors and known_names.json beside this file

The definition of ESRGAN's networks is that of spandrel, which loads a state dictionary of each naming and tells scale and
channels. Those of SRGAN, CycleGAN and DCGAN are PyTorch's modules below. Weights, inputs and probes are those of
translators.py, in float64, stored as float32:

    CASE.output    network(input)
    CASE.slopes    the gradient of sum(output * probe) in the input; has the input's shape
    CASE.about     scale, channels of the input, channels of the output

known_names.json: {CASE: {KEY: shape}}, in the order of the state_dict, without num_batches_tracked. Images lie in [0, 1] in the
networks that enlarge.
"""

import json
import pathlib

import torch
from safetensors.torch import save_file
from spandrel.architectures.ESRGAN import ESRGANArch
from torch import nn

import seeded
from enlargers import SrResnet, conv
from translators import Residual, Under, set_mode, signed

# conv_first, body, rdb, suffix, conv_body, up, conv_hr, conv_last
PRESENT = ("conv_first", "body", "rdb", "", "conv_body", "conv_up", "conv_hr", "conv_last")
RELEASE = ("conv_first", "RRDB_trunk", "RDB", "", "trunk_conv", "upconv", "HRconv", "conv_last")
MIXED = (PRESENT[:5] + RELEASE[5:], RELEASE[:5] + PRESENT[5:], PRESENT[:6] + RELEASE[6:])
WIDTH, GROWTH = 8, 32


def convolution(name, inputs, outputs):
    return {f"{name}.weight": (outputs, inputs, 3, 3), f"{name}.bias": (outputs,)}


def block(place, names, suffix, shortcuts=False):
    shapes = {}
    for dense in (1, 2, 3):
        if shortcuts:
            shapes[f"{place}.{names}{dense}.conv1x1.weight"] = (GROWTH, WIDTH, 1, 1)
        for at in range(5):
            name = f"{place}.{names}{dense}.conv{at + 1}{suffix}"
            shapes |= convolution(name, WIDTH + at * GROWTH, GROWTH if at < 4 else WIDTH)
    return shapes


def named(names, inputs, outputs, ups, blocks=1):
    first, body, dense, suffix, behind, up, last, image = names
    shapes = convolution(first, inputs, WIDTH)
    for at in range(blocks):
        shapes |= block(f"{body}.{at}", dense, suffix)
    shapes |= convolution(behind, WIDTH, WIDTH)
    for at in range(ups):
        shapes |= convolution(f"{up}{at + 1}", WIDTH, WIDTH)
    return shapes | convolution(last, WIDTH, WIDTH) | convolution(image, WIDTH, outputs)


def sequence(inputs, outputs, ups, blocks=1, shortcuts=False):
    """of ESRGAN's first code, or of ESRGAN+"""
    shapes = convolution("model.0", inputs, WIDTH)
    for at in range(blocks):
        shapes |= block(f"model.1.sub.{at}", "RDB", ".0", shortcuts)
    shapes |= convolution(f"model.1.sub.{blocks}", WIDTH, WIDTH)
    for at in range(ups):
        shapes |= convolution(f"model.{3 * (at + 1)}", WIDTH, WIDTH)
    return shapes | convolution(f"model.{3 * ups + 2}", WIDTH, WIDTH) | convolution(f"model.{3 * ups + 4}", WIDTH, outputs)


def store(tensors, name, net, size, about):
    net = net.double()
    set_mode(net, False)
    x = signed(f"{name}.input", size).requires_grad_()
    output = net(x)
    (output * signed(f"{name}.probe", output.shape)).sum().backward()
    tensors |= {f"{name}.output": output, f"{name}.slopes": x.grad}
    tensors[f"{name}.about"] = torch.tensor(about, dtype=torch.float64)


def by_spandrel(tensors, shapes, name, layers):
    weights = {key: seeded.tensor(f"{name}.{key}", shape) for key, shape in layers.items()}
    found = ESRGANArch().load(dict(weights))
    # In float64 from the start: loading copies into float32.
    found.model.double().load_state_dict({key: value.double() for key, value in found.model.state_dict().items()})
    about = (found.scale, found.input_channels, found.output_channels)
    store(tensors, name, found.model, (1, found.input_channels, 4, 8), about)
    shapes[name] = {key: list(shape) for key, shape in layers.items()}


def by_torch(tensors, shapes, name, net, size, about):
    keys = seeded.shapes(net)
    net.double().load_state_dict({key: seeded.tensor(f"{name}.{key}", shape) for key, shape in keys.items()})
    store(tensors, name, net, size, about)
    shapes[name] = {key: shape for key, shape in keys.items() if not key.endswith("num_batches_tracked")}


def srgan(scale, behind):
    """with `behind` after the convolution behind the residual blocks: nn.PReLU in the first files of SRGAN's common port"""
    net = SrResnet(scale, 2, 8)
    net.block4 = nn.Sequential(conv(8, 8), *behind)
    return net


def cyclegan(inside, inputs, outputs, blocks, width, dropout=False, nearest=False):
    """The layers of a residual block are under `inside`. Instance norms have scale and shift, but not in PyTorch-GAN's network, which
    enlarges by nearest neighbors"""
    norm = lambda channels: nn.InstanceNorm2d(channels, affine=not nearest)

    def residual(channels):
        half = lambda: [nn.ReflectionPad2d(1), nn.Conv2d(channels, channels, 3), norm(channels)]
        drops = [nn.Dropout(0.5)] if dropout else []
        return Residual(inside, nn.Sequential(*half(), nn.ReLU(), *drops, *half()))

    layers = [nn.ReflectionPad2d(3), nn.Conv2d(inputs, width, 7), norm(width), nn.ReLU()]
    for at in (1, 2):
        layers += [nn.Conv2d(at * width, 2 * at * width, 3, 2, 1), norm(2 * at * width), nn.ReLU()]
    layers += [residual(4 * width) for _ in range(blocks)]
    for at in (2, 1):
        transposed = [nn.ConvTranspose2d(2 * at * width, at * width, 3, 2, 1, output_padding=1)]
        resized = [nn.Upsample(scale_factor=2), nn.Conv2d(2 * at * width, at * width, 3, 1, 1)]
        layers += (resized if nearest else transposed) + [norm(at * width), nn.ReLU()]
    return Under("model", nn.Sequential(*layers, nn.ReflectionPad2d(3), nn.Conv2d(width, outputs, 7), nn.Tanh()))


def dcgan(name, latent, widths, channels, kernels=(), bias=False, dropout=False, norm=True):
    """channels of the maps from the latent on; a kernel of 4 doubles a map, one of 3 doubles it less one pixel"""
    layers, before = [], latent
    for at, width in enumerate(widths):
        kernel = 4 if at == 0 or at > len(kernels) else kernels[at - 1]
        stride, padding = (1, 0) if at == 0 else (2, 1)
        layers += [nn.ConvTranspose2d(before, width, kernel, stride, padding, bias=bias or not norm)]
        layers += [nn.BatchNorm2d(width)] if norm else []
        layers += [nn.ReLU()] + ([nn.Dropout(0.5)] if dropout else [])
        before = width
    layers = nn.Sequential(*layers, nn.ConvTranspose2d(before, channels, 4, 2, 1, bias=bias), nn.Tanh())
    return Under(name, layers) if name else layers


def discriminator(channels, widths, dropout):
    """without the sigmoid behind its logit"""
    layers, before = [], channels
    for at, width in enumerate(widths):
        layers += [nn.Conv2d(before, width, 4, 2, 1, bias=False)] + ([nn.BatchNorm2d(width)] if at else [])
        layers += [nn.LeakyReLU(0.2)] + ([nn.Dropout(0.3)] if dropout else [])
        before = width
    return Under("main", nn.Sequential(*layers, nn.Conv2d(before, 1, 4, 1, 0, bias=False)))


def enlargers(tensors, shapes):
    add = lambda name, layers: by_spandrel(tensors, shapes, name, layers)
    namings = {"present": PRESENT, "release": RELEASE, "first": None}
    for word, names in namings.items():
        layers = lambda *given: named(names, *given) if names else sequence(*given)
        for scale, ups in ((1, 0), (2, 1), (4, 2), (8, 3)):
            add(f"rrdb-{word}-x{scale}", layers(3, 3, ups, 2 if scale == 4 else 1))
        add(f"rrdb-{word}-x2-unshuffled", layers(12, 3, 2))
        add(f"rrdb-{word}-x1-unshuffled", layers(48, 3, 2))
        add(f"rrdb-{word}-gray", layers(1, 1, 2))
        add(f"rrdb-{word}-rgba", layers(4, 4, 2))
    for inputs, outputs in ((4, 3), (3, 1), (1, 3), (3, 4)):
        add(f"rrdb-{inputs}-to-{outputs}", named(PRESENT, inputs, outputs, 1))
    add("rrdb-4-to-1", named(PRESENT, 4, 1, 1))
    add("rrdb-plus", sequence(3, 3, 2, 1, True))
    for at, names in enumerate(MIXED):
        add(f"rrdb-mixed-{at}", named(names, 3, 3, 2))


def main():
    torch.set_num_threads(1)
    tensors, shapes = {}, {}
    enlargers(tensors, shapes)
    add = lambda *given: by_torch(tensors, shapes, *given)
    add("srgan-prelu-x4", srgan(4, [nn.PReLU()]), (1, 3, 6, 8), (4, 3, 3))
    add("srgan-plain-x2", srgan(2, []), (1, 3, 6, 8), (2, 3, 3))
    add("srgan-norm-x8", srgan(8, [nn.BatchNorm2d(8)]), (1, 3, 3, 4), (8, 3, 3))
    add("cyclegan-block", cyclegan("block", 3, 3, 2, 4), (1, 3, 16, 20), (1, 3, 3))
    add("cyclegan-conv_block", cyclegan("conv_block", 1, 3, 1, 4, dropout=True), (1, 1, 16, 20), (1, 1, 3))
    add("cyclegan-nearest", cyclegan("block", 3, 3, 2, 4, nearest=True), (1, 3, 16, 20), (1, 3, 3))
    latent = lambda z: ((2, z, 1, 1), (1, z, 3))
    add("dcgan-8", dcgan("main", 5, [6], 3), *latent(5))
    add("dcgan-32-dropout", dcgan("main", 12, [8, 6, 4], 3, dropout=True), *latent(12))
    add("dcgan-28", dcgan("layers", 12, [8, 6, 4], 1, kernels=(3,)), (2, 12, 1, 1), (1, 12, 1))
    add("dcgan-32-biases", dcgan("net", 12, [8, 6, 4], 3, bias=True), *latent(12))
    add("dcgan-32-no-norm", dcgan("", 12, [8, 6, 4], 3, norm=False), *latent(12))
    add("dcgan-128-narrow", dcgan("main", 12, [4, 4, 4, 3, 2], 1), (1, 12, 1, 1), (1, 12, 1))
    add("dcgan-discriminator-dropout", discriminator(3, [4, 6, 8], True), (2, 3, 32, 32), (1, 3, 1))
    here = pathlib.Path(__file__)
    stored = {key: value.detach().float().contiguous() for key, value in tensors.items()}
    save_file(stored, here.with_suffix(".safetensors"))
    here.with_suffix(".json").write_text(json.dumps(shapes) + "\n")


if __name__ == "__main__":
    main()
