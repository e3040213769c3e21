"""Networks that make images larger or paint them, under the keys of their projects' checkpoints, Real-ESRGAN's judge and
DeepFill's gated network, in PyTorch: the numbers that Gannet's are held to.

    python scripts/reference/enlargers.py    # writes enlargers.safetensors and enlargers.json beside this file, and prints
                                             # parameter counts of the customary sizes

Architectures follow the papers (SRGAN arXiv:1609.04802, ESRGAN 1809.00219, Real-ESRGAN 2107.10833, DeepFill v2
1806.03589, Johnson et al. 1603.08155). Images lie in [0, 1] in the first three; the painter's own in [0, 255], made of and
made [-1, 1] here. Weights, inputs and probes are those of translators.py, all in float64, stored as float32.
enlargers.safetensors has CASE.output, CASE.slopes and CASE.grad.KEY as there. "unet-judge" and "gated-2" have
Gannet's own names, and besides

    unet-judge.discriminator.NAME   singular vectors, which no formula gives, as in modern.py

enlargers.json: {CASE: {KEY: shape}} of all others, in the order of the state_dict, without num_batches_tracked.
"""

import json
import pathlib

import torch
import torch.nn.functional as F
from safetensors.torch import save_file
from torch import nn

import modern
from translators import Residual, case, count, signed

SLOPE = 0.2


def conv(inputs, outputs, kernel=3):
    return nn.Conv2d(inputs, outputs, kernel, padding=kernel // 2)


class SrResidual(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.conv1, self.bn1, self.prelu = conv(width, width), nn.BatchNorm2d(width), nn.PReLU()
        self.conv2, self.bn2 = conv(width, width), nn.BatchNorm2d(width)

    def forward(self, x):
        return x + self.bn2(self.conv2(self.prelu(self.bn1(self.conv1(x)))))


class Doubling(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.conv, self.prelu = conv(width, 4 * width), nn.PReLU()

    def forward(self, x):
        return self.prelu(F.pixel_shuffle(self.conv(x), 2))


class SrResnet(nn.Module):
    """blocks are numbered from 1: the first layer, the residual ones, what comes behind them, and the way up"""

    def __init__(self, scale, blocks, width):
        super().__init__()
        self.blocks = blocks
        self.block1 = nn.Sequential(conv(3, width, 9), nn.PReLU())
        for at in range(blocks):
            self.add_module(f"block{at + 2}", SrResidual(width))
        self.add_module(f"block{blocks + 2}", nn.Sequential(conv(width, width), nn.BatchNorm2d(width)))
        doublings = [Doubling(width) for _ in range(scale.bit_length() - 1)]
        self.add_module(f"block{blocks + 3}", nn.Sequential(*doublings, conv(width, 3, 9)))

    def forward(self, x):
        first = x = self.block1(x)
        for at in range(2, self.blocks + 3):
            x = self.get_submodule(f"block{at}")(x)
        return (torch.tanh(self.get_submodule(f"block{self.blocks + 3}")(first + x)) + 1) / 2


class Dense(nn.Module):
    def __init__(self, width, growth):
        super().__init__()
        for at in range(5):
            self.add_module(f"conv{at + 1}", conv(width + at * growth, growth if at < 4 else width))

    def forward(self, x):
        seen = [x]
        for at in range(1, 5):
            seen.append(F.leaky_relu(self.get_submodule(f"conv{at}")(torch.cat(seen, 1)), SLOPE))
        return x + 0.2 * self.conv5(torch.cat(seen, 1))


class Rrdb(nn.Module):
    def __init__(self, width, growth):
        super().__init__()
        self.rdb1, self.rdb2, self.rdb3 = (Dense(width, growth) for _ in range(3))

    def forward(self, x):
        return x + 0.2 * self.rdb3(self.rdb2(self.rdb1(x)))


class RrdbNet(nn.Module):
    def __init__(self, scale, width, blocks, growth):
        super().__init__()
        self.folded = 4 // scale
        self.conv_first = conv(3 * self.folded**2, width)
        self.body = nn.Sequential(*(Rrdb(width, growth) for _ in range(blocks)))
        self.conv_body, self.conv_up1, self.conv_up2, self.conv_hr = (conv(width, width) for _ in range(4))
        self.conv_last = conv(width, 3)

    def forward(self, x):
        x = self.conv_first(F.pixel_unshuffle(x, self.folded))
        x = x + self.conv_body(self.body(x))
        for up in (self.conv_up1, self.conv_up2):
            x = F.leaky_relu(up(F.interpolate(x, scale_factor=2, mode="nearest")), SLOPE)
        return self.conv_last(F.leaky_relu(self.conv_hr(x), SLOPE))


OLD = {"conv_first": "0", "conv_body": None, "conv_up1": "3", "conv_up2": "6", "conv_hr": "8", "conv_last": "10"}


class OldRrdbNet(nn.Module):
    """the same network by the names of its first publication"""

    def __init__(self, *given):
        super().__init__()
        net = RrdbNet(*given)
        self.net, self.model = [net], nn.Module()
        sub = Residual("sub", nn.Sequential())
        for at, block in enumerate(net.body):
            old = nn.Module()
            for number in (1, 2, 3):
                dense = nn.Module()
                for name, layer in block.get_submodule(f"rdb{number}").named_children():
                    dense.add_module(name, nn.Sequential(layer))
                old.add_module(f"RDB{number}", dense)
            sub.get_submodule("sub").add_module(str(at), old)
        sub.get_submodule("sub").add_module(str(len(net.body)), net.conv_body)
        self.model.add_module("1", sub)
        for name, at in OLD.items():
            if at is not None:
                self.model.add_module(at, net.get_submodule(name))

    def forward(self, x):
        return self.net[0](x)


class Compact(nn.Module):
    def __init__(self, scale, width, layers):
        super().__init__()
        self.scale = scale
        inner = [layer for _ in range(layers) for layer in (conv(width, width), nn.PReLU(width))]
        self.body = nn.Sequential(conv(3, width), nn.PReLU(width), *inner, conv(width, 3 * scale**2))

    def forward(self, x):
        return F.pixel_shuffle(self.body(x), self.scale) + F.interpolate(x, scale_factor=self.scale, mode="nearest")


class Mirrored(nn.Module):
    """a convolution behind a mirrored border, and behind repeated pixels if asked for"""

    def __init__(self, inputs, outputs, kernel, stride=1, repeat=1):
        super().__init__()
        self.repeat, self.border = repeat, kernel // 2
        self.conv2d = nn.Conv2d(inputs, outputs, kernel, stride)

    def forward(self, x):
        x = F.interpolate(x, scale_factor=self.repeat, mode="nearest") if self.repeat > 1 else x
        return self.conv2d(F.pad(x, [self.border] * 4, mode="reflect"))


def normed(width):
    return nn.InstanceNorm2d(width, affine=True)


class PainterBlock(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.conv1, self.in1 = Mirrored(width, width, 3), normed(width)
        self.conv2, self.in2 = Mirrored(width, width, 3), normed(width)

    def forward(self, x):
        return x + self.in2(self.conv2(F.relu(self.in1(self.conv1(x)))))


class Painter(nn.Module):
    """fast_neural_style's network, from and to images in [-1, 1]"""

    def __init__(self, width, blocks):
        super().__init__()
        self.blocks = blocks
        self.conv1, self.in1 = Mirrored(3, width, 9), normed(width)
        self.conv2, self.in2 = Mirrored(width, 2 * width, 3, 2), normed(2 * width)
        self.conv3, self.in3 = Mirrored(2 * width, 4 * width, 3, 2), normed(4 * width)
        for at in range(blocks):
            self.add_module(f"res{at + 1}", PainterBlock(4 * width))
        self.deconv1, self.in4 = Mirrored(4 * width, 2 * width, 3, repeat=2), normed(2 * width)
        self.deconv2, self.in5 = Mirrored(2 * width, width, 3, repeat=2), normed(width)
        self.deconv3 = Mirrored(width, 3, 9)

    def forward(self, x):
        x = x * 127.5 + 127.5
        for at in (1, 2, 3):
            x = F.relu(self.get_submodule(f"in{at}")(self.get_submodule(f"conv{at}")(x)))
        for at in range(self.blocks):
            x = self.get_submodule(f"res{at + 1}")(x)
        for at in (1, 2):
            x = F.relu(self.get_submodule(f"in{at + 3}")(self.get_submodule(f"deconv{at}")(x)))
        return self.deconv3(x) / 127.5 - 1


def unet_judge(w, x, width):
    """logits [n, 1, h, w] of a U-Net with spectral norm, by Gannet's names"""
    leaky = lambda x: F.leaky_relu(x, SLOPE)

    def spectral(name, x, out, kernel, stride):
        weight = w.spectral(f"{name}.form.spectral", w(f"{name}.weight", out, x.shape[1], kernel, kernel))
        return leaky(F.conv2d(x, weight, stride=stride, padding=1))

    x = leaky(modern.conv(w, "from_image", x, width, 3))
    passed = []
    for level in range(3):
        passed.append(x)
        x = spectral(f"down.{level}", x, width << (level + 1), 4, 2)
    for at in range(3):
        x = F.interpolate(x, scale_factor=2, mode="bilinear", align_corners=False)
        x = spectral(f"up.{at}", x, width << (2 - at), 3, 1) + passed.pop()
    for at in range(2):
        x = spectral(f"behind.{at}", x, width, 3, 1)
    return modern.conv(w, "score", x, 1, 3)


def contextual_attention(x, hole):
    """Yu et al. 2018, arXiv:1801.07892, section 4.1, with both patches normalised; x [n, c, h, w], hole [n, 1, 4h, 4w]"""
    n, _, h, w = x.shape
    rows, columns = h // 2, w // 2
    small = F.normalize(F.unfold(x[:, :, ::2, ::2], 3, padding=1), dim=1, eps=1e-12)
    scores = (small.transpose(1, 2) @ small).reshape(n, rows, columns, rows, columns)
    for query, key in ((2, 4), (1, 3)):
        padded = F.pad(scores, [1, 1] * 4)
        cut = lambda by: [slice(None)] + [slice(1 + by * (axis in (query, key)), None) for axis in range(1, 5)]
        shifted = (padded[tuple(cut(by))][:, :rows, :columns, :rows, :columns] for by in (-1, 0, 1))
        scores = sum(shifted)
    touched = F.max_pool2d(F.max_pool2d(hole, 8), 3, 1, 1).reshape(n, 1, -1)
    weights = torch.softmax(10 * scores.reshape(n, rows * columns, -1) - 1e4 * touched, 2)
    patches = F.unfold(x, 4, padding=1, stride=2)
    return F.fold(patches @ weights.transpose(1, 2), (h, w), 4, padding=1, stride=2) / 4


def gated_stage(w, name, x, channels, width, glances):
    """what is to be added to the image"""

    def gated(key, x, out, kernel=3, stride=1, dilation=1):
        weight = w(f"{name}.{key}.conv.weight", 2 * out, x.shape[1], kernel, kernel)
        padding = kernel // 2 * dilation
        y = F.conv2d(x, weight, w(f"{name}.{key}.conv.bias", 2 * out), stride, padding, dilation)
        return F.leaky_relu(y[:, :out], SLOPE) * torch.sigmoid(y[:, out:])

    def encoded(place, x):
        x = gated(f"{place}from_image", x, width, kernel=5)
        for level in range(2):
            x = gated(f"{place}down.{2 * level}", x, 2 * width << level, stride=2)
            x = gated(f"{place}down.{2 * level + 1}", x, 2 * width << level)
        return gated(f"{place}before.0", x, 4 * width)

    given, x = x, encoded("", x)
    for at, dilation in enumerate((2, 4, 8)):
        x = gated(f"dilated.{at}", x, 4 * width, dilation=dilation)
    if glances:
        seen = contextual_attention(encoded("glance.", given), given[:, channels:])
        for at in range(2):
            seen = gated(f"glance.behind.{at}", seen, 4 * width)
        x = torch.cat([x, seen], 1)
    x = gated("behind.0", x, 4 * width)
    for at, out in enumerate((2 * width, width)):
        x = gated(f"up.{2 * at}", F.interpolate(x, scale_factor=2, mode="nearest"), out)
        x = gated(f"up.{2 * at + 1}", x, out)
    weight, bias = w(f"{name}.to_image.weight", channels, width, 3, 3), w(f"{name}.to_image.bias", channels)
    return F.conv2d(x, weight, bias, padding=1)


def gated(w, x, channels, width, stages):
    """x [n, channels, h, w] with a hole of its own in each"""
    seen, hole = x, torch.zeros_like(x[:, :1])
    for at in range(len(x)):
        hole[at, :, 4 + at : 14 + at, 8 * at : 8 * at + 9] = 1
    for at in range(stages):
        seen = seen + hole * gated_stage(w, f"stages.{at}", torch.cat([seen, hole], 1), channels, width, at > 0)
    return seen


def named_case(tensors, name, place, f, size, watched):
    """of a network with Gannet's names"""
    w = modern.Weights(place)
    x = signed(f"{name}.input", size).requires_grad_()
    output = f(w, x)
    (output * signed(f"{name}.probe", output.shape)).sum().backward()
    tensors |= {f"{name}.output": output, f"{name}.slopes": x.grad}
    tensors |= {f"{name}.grad.{key}": w[key].grad for key in watched}
    tensors |= {f"{place}.{key}": value for key, value in w.items() if "running_" in key}


def main():
    torch.set_num_threads(1)
    tensors, shapes = {}, {}
    add = lambda *given, **options: case(tensors, shapes, *given, **options)
    add("srresnet-2-x4", SrResnet(4, 2, 8), (2, 3, 8, 10))
    add("srresnet-2-x2", SrResnet(2, 2, 8), (2, 3, 8, 10), training=True)
    add("rrdb-2-x4", RrdbNet(4, 8, 2, 4), (1, 3, 6, 8))
    add("rrdb-1-x2", RrdbNet(2, 8, 1, 4), (1, 3, 8, 12))
    add("rrdb-old-2-x4", OldRrdbNet(4, 8, 2, 4), (1, 3, 6, 8))
    add("compact-3-x4", Compact(4, 8, 3), (1, 3, 7, 9))
    add("compact-2-x2", Compact(2, 8, 2), (1, 3, 7, 9))
    add("painter-2", Painter(4, 2), (2, 3, 16, 20))
    named_case(tensors, "unet-judge", "unet-judge.discriminator", lambda w, x: unet_judge(w, x, 4), (2, 3, 16, 24),
               ["from_image.weight", "down.0.weight", "up.2.weight"])
    named_case(tensors, "gated-2", "gated-2.generator", lambda w, x: gated(w, x, 3, 4, 2), (2, 3, 24, 40),
               ["stages.0.from_image.conv.weight", "stages.1.dilated.2.conv.bias",
                "stages.1.glance.down.3.conv.weight", "stages.1.glance.behind.0.conv.bias"])
    here = pathlib.Path(__file__)
    stored = {key: value.detach().float().contiguous() for key, value in tensors.items()}
    save_file(stored, here.with_suffix(".safetensors"))
    here.with_suffix(".json").write_text(json.dumps(shapes) + "\n")

    count("painter, 5 blocks", lambda: Painter(32, 5))
    count("SRResNet, 16 blocks", lambda: SrResnet(4, 16, 64))
    count("ESRGAN's network, 23 blocks", lambda: RrdbNet(4, 64, 23, 32))
    count("compact, 32 layers", lambda: Compact(4, 64, 32))
    count("compact, 16 layers", lambda: Compact(4, 64, 16))


if __name__ == "__main__":
    main()
