"""Image-to-image networks under the keys of pytorch-CycleGAN-and-pix2pix's checkpoints, the DCGAN of PyTorch's tutorial
under its keys, and CUT's contrastive loss, in PyTorch: the numbers that Gannet's are held to.

    python scripts/reference/translators.py  # writes translators.safetensors and translators.json beside this file, and
                                             # prints parameter counts of the customary sizes

Architectures follow the papers (pix2pix arXiv:1611.07004, CycleGAN 1703.10593, CUT 2007.15651, DCGAN 1511.06434). A
parameter or buffer has the values that seeded.py makes of "CASE.KEY". Inputs and probes are 2 u - 1 with seeded.py's
uniform of "CASE.input" and "CASE.probe", row-major: float32 holds these exactly, so they are not stored. All is computed
in float64 and stored as float32; dropout never acts. translators.safetensors:

    CASE.output             network(input); of the discriminators the logits; the probe has its shape
    CASE.slopes             the gradient of sum(output * probe) in the input; has the input's shape
    CASE.grad.KEY           the same in the first convolution's weight (dcgan-tutorial-g: the second's, the first's being
                            large), and in the first norm's weight where it has one
    patchnce.q, .k [16, 8]  features before their lengths are divided out, each 2 u - 1 with the uniform of its own key
    patchnce.loss [], patchnce.grad_q [16, 8]   the mean over the patches, its gradient in q

translators.json: {CASE: {KEY: shape}}, in the order of the state_dict, without num_batches_tracked.
"""

import json
import math
import pathlib

import torch
import torch.nn.functional as F
from safetensors.torch import save_file
from torch import nn

import seeded

NORMS = {"batch": nn.BatchNorm2d, "instance": nn.InstanceNorm2d}
TEMPERATURE = 0.07


class Under(nn.Module):
    """a module whose keys get a prefix"""

    def __init__(self, name, inside):
        super().__init__()
        self.name = name
        self.add_module(name, inside)

    def inside(self, x):
        return self.get_submodule(self.name)(x)

    def forward(self, x):
        return self.inside(x)


class Beside(Under):
    """the input's channels, then the module's"""

    def forward(self, x):
        return torch.cat([x, self.inside(x)], 1)


class Residual(Under):
    def forward(self, x):
        return x + self.inside(x)


def leaky():
    return nn.LeakyReLU(0.2)


def down(inputs, outputs, bias, stride=2):
    return nn.Conv2d(inputs, outputs, 4, stride, 1, bias=bias)


def up(inputs, outputs, bias):
    return nn.ConvTranspose2d(inputs, outputs, 4, 2, 1, bias=bias)


def biased(norm):
    """whether a convolution before the norm has a bias: only where the norm has none of its own"""
    return norm == "instance"


def unet(inputs, outputs, downs, width, norm):
    widths = [width * min(8, 2**at) for at in range(downs)]
    bias = biased(norm)

    def block(at):
        """from the widths of level at - 1 to those of level at, and back"""
        outer, inner = widths[at - 1], widths[at]
        if at == downs - 1:
            middle = [nn.ReLU(), up(inner, outer, bias)]
        else:
            middle = [NORMS[norm](inner), block(at + 1), nn.ReLU(), up(2 * inner, outer, bias)]
        drops = [nn.Dropout(0.5)] if 4 <= at < downs - 1 else []
        return Beside("model", nn.Sequential(leaky(), down(outer, inner, bias), *middle, NORMS[norm](outer), *drops))

    layers = [down(inputs, width, bias), block(1), nn.ReLU(), up(2 * width, outputs, True), nn.Tanh()]
    return Under("model", Under("model", nn.Sequential(*layers)))


def resnet(inputs, outputs, blocks, width, norm, dropout=False):
    bias = biased(norm)
    behind = lambda channels: [NORMS[norm](channels), nn.ReLU()]

    def block(channels):
        conv = lambda: [nn.ReflectionPad2d(1), nn.Conv2d(channels, channels, 3, bias=bias)]
        drops = [nn.Dropout(0.5)] if dropout else []
        return Residual("conv_block", nn.Sequential(*conv(), *behind(channels), *drops, *conv(), NORMS[norm](channels)))

    def halve(channels):
        return [nn.Conv2d(channels, 2 * channels, 3, 2, 1, bias=bias), *behind(2 * channels)]

    def double(channels):
        half = channels // 2
        return [nn.ConvTranspose2d(channels, half, 3, 2, 1, output_padding=1, bias=bias), *behind(half)]

    layers = [nn.ReflectionPad2d(3), nn.Conv2d(inputs, width, 7, bias=bias), *behind(width)]
    layers += halve(width) + halve(2 * width) + [block(4 * width) for _ in range(blocks)]
    layers += double(4 * width) + double(2 * width)
    layers += [nn.ReflectionPad2d(3), nn.Conv2d(width, outputs, 7), nn.Tanh()]
    return Under("model", nn.Sequential(*layers))


def patch(inputs, halvings, width, norm):
    widths = [width * min(8, 2**at) for at in range(halvings + 1)]
    layers = [down(inputs, width, True), leaky()]
    for at in range(1, halvings + 1):
        stride = 2 if at < halvings else 1
        layers += [down(widths[at - 1], widths[at], biased(norm), stride), NORMS[norm](widths[at]), leaky()]
    return Under("model", nn.Sequential(*layers, down(widths[-1], 1, True, 1)))


def pixel(inputs, width, norm):
    one = lambda inputs, outputs, bias: nn.Conv2d(inputs, outputs, 1, bias=bias)
    layers = [one(inputs, width, True), leaky(), one(width, 2 * width, biased(norm)), NORMS[norm](2 * width), leaky()]
    return Under("net", nn.Sequential(*layers, one(2 * width, 1, biased(norm))))


def tutorial_generator(latent, width, outputs):
    layers = [nn.ConvTranspose2d(latent, 8 * width, 4, 1, 0, bias=False)]
    for times in (8, 4, 2, 1):
        behind = times * width // 2 if times > 1 else outputs
        layers += [nn.BatchNorm2d(times * width), nn.ReLU(), up(times * width, behind, False)]
    return Under("main", nn.Sequential(*layers, nn.Tanh()))


def tutorial_discriminator(inputs, width):
    """without the sigmoid behind its logit"""
    layers = [down(inputs, width, False), leaky()]
    for times in (2, 4, 8):
        layers += [down(times * width // 2, times * width, False), nn.BatchNorm2d(times * width), leaky()]
    return Under("main", nn.Sequential(*layers, nn.Conv2d(8 * width, 1, 4, 1, 0, bias=False)))


def patchnce(q, k):
    """how well each query finds the key of its own patch among those of all patches"""
    q, k = (x / (x.norm(dim=1, keepdim=True) + 1e-7) for x in (q, k))
    return F.cross_entropy(q @ k.T / TEMPERATURE, torch.arange(len(q)))


def signed(name, shape):
    """float64, in [-1, 1)"""
    return torch.from_numpy(seeded.uniform(name, math.prod(shape)) * 2 - 1).reshape(tuple(shape))


def set_mode(net, training):
    """training concerns the norms alone"""
    net.eval()
    for module in net.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.train(training)


def watched(net):
    """keys whose gradients are stored"""
    convs = [key for key, value in net.named_parameters() if value.dim() == 4 and value.numel() <= 10000]
    norms = [key for key, value in net.named_parameters() if value.dim() == 1 and key.endswith(".weight")]
    return convs[:1] + norms[:1]


def case(tensors, shapes, name, net, size, training=False):
    keys = seeded.shapes(net)
    net.double().load_state_dict({key: seeded.tensor(f"{name}.{key}", shape) for key, shape in keys.items()})
    set_mode(net, training)
    x = signed(f"{name}.input", size).requires_grad_()
    output = net(x)
    (output * signed(f"{name}.probe", output.shape)).sum().backward()
    tensors |= {f"{name}.output": output, f"{name}.slopes": x.grad}
    tensors |= {f"{name}.grad.{key}": net.get_parameter(key).grad for key in watched(net)}
    shapes[name] = {key: shape for key, shape in keys.items() if not key.endswith("num_batches_tracked")}


def contrast(tensors):
    q, k = (signed(f"patchnce.{key}", (16, 8)) for key in "qk")
    loss = patchnce(q.requires_grad_(), k)
    loss.backward()
    tensors |= {"patchnce.q": q, "patchnce.k": k, "patchnce.loss": loss, "patchnce.grad_q": q.grad}


def count(name, make):
    with torch.device("meta"):
        print(name, sum(value.numel() for value in make().parameters()))


def main():
    torch.set_num_threads(1)
    tensors, shapes = {}, {}
    add = lambda *given, **options: case(tensors, shapes, *given, **options)
    add("unet-5-batch", unet(3, 3, 5, 4, "batch"), (2, 3, 32, 32), training=True)
    add("unet-5-eval", unet(3, 3, 5, 4, "batch"), (2, 3, 32, 32))
    add("unet-6-instance", unet(1, 3, 6, 2, "instance"), (2, 1, 64, 64))
    add("resnet-2-instance", resnet(3, 3, 2, 4, "instance"), (2, 3, 16, 20))
    add("resnet-2-batch", resnet(3, 3, 2, 4, "batch"), (2, 3, 16, 20), training=True)
    add("resnet-2-dropout", resnet(3, 3, 2, 4, "batch", dropout=True), (2, 3, 16, 20))
    add("patch-3-batch", patch(6, 3, 4, "batch"), (2, 6, 32, 32), training=True)
    add("patch-2-instance", patch(3, 2, 4, "instance"), (2, 3, 24, 32))
    add("pixel-batch", pixel(3, 4, "batch"), (2, 3, 8, 8), training=True)
    add("dcgan-tutorial-g", tutorial_generator(100, 4, 3), (2, 100, 1, 1))
    add("dcgan-tutorial-d", tutorial_discriminator(3, 4), (2, 3, 64, 64))
    contrast(tensors)
    here = pathlib.Path(__file__)
    stored = {key: value.detach().float().contiguous() for key, value in tensors.items()}
    save_file(stored, here.with_suffix(".safetensors"))
    here.with_suffix(".json").write_text(json.dumps(shapes) + "\n")

    count("U-Net 256, batch", lambda: unet(3, 3, 8, 64, "batch"))
    count("ResNet-9, instance", lambda: resnet(3, 3, 9, 64, "instance"))
    count("ResNet-6, instance", lambda: resnet(3, 3, 6, 64, "instance"))
    count("ResNet-6, batch", lambda: resnet(3, 3, 6, 64, "batch"))
    count("PatchGAN 70, 6 channels, batch", lambda: patch(6, 3, 64, "batch"))
    count("PatchGAN 70, 3 channels, instance", lambda: patch(3, 3, 64, "instance"))
    count("DCGAN tutorial, generator", lambda: tutorial_generator(100, 64, 3))
    count("DCGAN tutorial, discriminator", lambda: tutorial_discriminator(3, 64))


if __name__ == "__main__":
    main()
