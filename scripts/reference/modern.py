"""SNGAN's residual networks, self-attention, R3GAN and conditional discriminators in PyTorch, and the numbers that Gannet's
are held to.

    python scripts/reference/modern.py       # writes modern.safetensors beside this file, and prints parameter counts

Definitions follow the papers (arXiv:1802.05957, 1802.05637, 1805.08318, 2501.05441, 1411.1784, 1610.09585), operation by
operation: pixels are repeated before a convolution and averaged behind it, where Gannet does both at once. A parameter's
values are those that seeded.py makes of "CASE.NET.PARAM". All is computed in float64 and stored as float32. Keys of a case:

    CASE.NET.PARAM            singular vectors, and their like, which no formula gives
    CASE.latent [n, z]; CASE.images, generator(latent) with the batch's statistics
    CASE.real [n, c, s, s], CASE.classes [n]; CASE.logits [n], discriminator(real); CASE.guess [n, k] where it has a head
    CASE.slopes [n, c, s, s], the gradient of the sum of the logits in real
    CASE.grad.NET.PARAM, of sum(images * real) and of sum(logits), for the parameter next to the image and a norm's

Spectral weights are divided by u' W v with the stored u and v, which are the exact singular vectors, as constants.
"""

import math
import pathlib

import torch
import torch.nn.functional as F

import seeded

CLASSES = 3
COUNT = 3


class Weights(dict):
    """name -> float64 parameter, made at the first question"""

    def __init__(self, place):
        super().__init__()
        self.place = place

    def __call__(self, name, *shape):
        if name not in self:
            self[name] = seeded.tensor(f"{self.place}.{name}", shape).double().requires_grad_()
        return self[name]

    def spectral(self, name, weight):
        """weight / sigma"""
        matrix = weight.detach().flatten(1)
        if f"{name}.running_u" not in self:
            u, _, v = torch.linalg.svd(matrix, full_matrices=False)
            self[f"{name}.running_u"], self[f"{name}.running_v"] = u[:, 0].float().double(), v[0].float().double()
        return weight / (self[f"{name}.running_u"] @ weight.flatten(1) @ self[f"{name}.running_v"])


def conv(w, name, x, out, kernel, bias=True, spectral=False, groups=1):
    inputs = x.shape[1] // groups
    weight = w(f"{name}.weight", out, inputs, kernel, kernel)
    weight = w.spectral(f"{name}.form.spectral", weight) if spectral else weight
    return F.conv2d(x, weight, w(f"{name}.bias", out) if bias else None, padding=kernel // 2, groups=groups)


def linear(w, name, x, out, spectral=False):
    weight = w(f"{name}.weight", out, x.shape[1])
    weight = w.spectral(f"{name}.form.spectral", weight) if spectral else weight
    return F.linear(x, weight, w(f"{name}.bias", out))


def batch_norm(w, name, x, classes=None):
    c = x.shape[1]
    at = name if classes is None else f"{name}.norm"
    w[f"{at}.running_mean"], w[f"{at}.running_var"] = torch.zeros(c), torch.ones(c)
    if classes is None:
        gamma, beta = w(f"{name}.gamma", c), w(f"{name}.beta", c)
        return F.batch_norm(x, None, None, gamma, beta, training=True)
    gamma, beta = (w(f"{name}.{key}", CLASSES, c) for key in ("gamma", "beta"))
    hat = F.batch_norm(x, None, None, training=True)
    return hat * (classes @ gamma)[:, :, None, None] + (classes @ beta)[:, :, None, None]


def attention(w, name, x, spectral):
    n, c, h, wide = x.shape
    small = max(1, c // 8)
    one = lambda key, x, out: conv(w, f"{name}.{key}", x, out, 1, bias=False, spectral=spectral)
    f, g, values = (one(key, x, small).flatten(2) for key in ("key", "query", "value"))
    looks = torch.softmax(torch.einsum("nci,ncj->nji", f, g), dim=2)
    seen = torch.einsum("nji,nci->ncj", looks, values).reshape(n, small, h, wide)
    return x + w(f"{name}.gamma", 1) * one("output", seen, c)


SN_UP = {32: [4, 4, 4, 4], 64: [16, 8, 4, 2, 1], 128: [16, 16, 8, 4, 2, 1]}
SN_DOWN = {
    32: [(2, 1), (2, 1), (2, 0), (2, 0)],
    64: [(1, 1), (2, 1), (4, 1), (8, 1), (16, 1)],
    128: [(1, 1), (2, 1), (4, 1), (8, 1), (16, 1), (16, 0)],
}


def sngan_generator(w, latent, size, channels, width, classes=False, attends=0, spectral=False):
    noise, named = (latent[:, :-CLASSES], latent[:, -CLASSES:]) if classes else (latent, None)
    norm = lambda key, x: F.relu(batch_norm(w, f"{key}.{'conditional' if classes else 'batch'}", x, named))
    widths = [times * width for times in SN_UP[size]]
    x = linear(w, "project", noise, widths[0] * 16, spectral).reshape(-1, widths[0], 4, 4)
    for at, out in enumerate(widths[1:]):
        key = f"blocks.{at}"
        double = lambda x: F.interpolate(x, scale_factor=2, mode="nearest")
        y = conv(w, f"{key}.conv1", double(norm(f"{key}.norm1", x)), out, 3, spectral=spectral)
        y = conv(w, f"{key}.conv2", norm(f"{key}.norm2", y), out, 3, spectral=spectral)
        x = y + conv(w, f"{key}.shortcut", double(x), out, 1, spectral=spectral)
        x = attention(w, "attention", x, spectral) if x.shape[2] == attends else x
    x = F.relu(batch_norm(w, "norm", x))
    return torch.tanh(conv(w, "to_image", x, channels, 3, spectral=spectral))


def sngan_features(w, x, size, width, attends=0):
    attended = False
    for at, (times, halves) in enumerate(SN_DOWN[size]):
        key, out = f"blocks.{at}", times * width
        inside = out if at == 0 else x.shape[1]
        y = conv(w, f"{key}.conv1", x if at == 0 else F.relu(x), inside, 3, spectral=True)
        y = conv(w, f"{key}.conv2", F.relu(y), out, 3, spectral=True)
        short = conv(w, f"{key}.shortcut", x, out, 1, spectral=True) if halves or out != x.shape[1] else x
        x = y + short
        x = F.avg_pool2d(x, 2) if halves else x
        if x.shape[2] == attends and not attended:
            x, attended = attention(w, "attention", x, True), True
    return F.relu(x)


def sngan_discriminator(w, x, size, width, attends=0):
    features = sngan_features(w, x, size, width, attends)
    return linear(w, "score", features.sum((2, 3)), 1, spectral=True)[:, 0], features


def r3_widths(size, width):
    return [width * min(8, size // side) for side in (4 << level for level in range(int(math.log2(size // 4)) + 1))]


def r3_blocks(w, key, x, width):
    c = x.shape[1]
    groups = next(g for g in range(max(1, 2 * c // 64), 0, -1) if 2 * c % g == 0)
    for at in range(1 if width < 48 else 2):
        block = f"{key}.blocks.{at}"
        y = F.leaky_relu(conv(w, f"{block}.widen", x, 2 * c, 1), 0.2)
        y = F.leaky_relu(conv(w, f"{block}.mix", y, 2 * c, 3, groups=groups), 0.2)
        x = x + conv(w, f"{block}.narrow", y, c, 1, bias=False)
    return x


def change(w, key, x, out):
    return x if x.shape[1] == out else conv(w, f"{key}.change", x, out, 1, bias=False)


def halved(x):
    """means with [1 3 3 1] / 8 along each axis, the border continued"""
    c = x.shape[1]
    kernel = torch.tensor([1.0, 3.0, 3.0, 1.0], dtype=x.dtype) / 8
    kernel = torch.outer(kernel, kernel).expand(c, 1, 4, 4)
    return F.conv2d(F.pad(x, (1, 1, 1, 1), mode="replicate"), kernel, stride=2, groups=c)


def r3gan_generator(w, latent, size, channels, width):
    widths = r3_widths(size, width)
    x = conv(w, "project", latent[:, :, None, None], widths[0], 1, bias=False)
    x = x * w("basis", widths[0], 4, 4)
    for at, out in enumerate(widths):
        if at > 0:
            x = F.interpolate(change(w, f"stages.{at}", x, out), scale_factor=2, mode="bilinear")
        x = r3_blocks(w, f"stages.{at}", x, width)
    return conv(w, "to_image", x, channels, 1, bias=False)


def r3gan_discriminator(w, x, size, width):
    widths = r3_widths(size, width)[::-1]
    x = conv(w, "from_image", x, width, 1, bias=False)
    for at, here in enumerate(widths):
        x = r3_blocks(w, f"stages.{at}", x, width)
        if at + 1 < len(widths):
            x = change(w, f"stages.{at}", halved(x), widths[at + 1])
    features = (x * w("basis", widths[-1], 4, 4)).sum((2, 3), keepdim=True)
    return conv(w, "score", features, 1, 1, bias=False)[:, 0, 0, 0], features


class Inner(Weights):
    """weights of a network inside another"""

    def __init__(self, outer):
        dict.__init__(self)
        self.outer = outer

    def __call__(self, name, *shape):
        return self.outer(f"inner.{name}", *shape)

    def spectral(self, name, weight):
        return self.outer.spectral(f"inner.{name}", weight)


def conditional(w, x, classes, knowing, discriminator):
    """logits, what a head says"""
    inner = Inner(w)
    n, _, h, wide = x.shape
    if knowing == "concatenation":
        planes = classes[:, :, None, None].expand(n, CLASSES, h, wide)
        return discriminator(inner, torch.cat([x, planes], 1))[0], None
    logits, features = discriminator(inner, x)
    if knowing == "projection":
        weight = w("embedding", CLASSES, features.shape[1])
        weight = w.spectral("form.spectral", weight)
        return logits + ((classes @ weight) * features.sum((2, 3))).sum(1), None
    hidden = F.leaky_relu(linear(w, "head.0", features.flatten(1), 128, True), 0.2)
    return logits, linear(w, "head.1", hidden, CLASSES + 2, True)


def case(tensors, name, size, channels, latent, generator, discriminator, seed):
    random = torch.Generator().manual_seed(seed)
    draw = lambda *shape: torch.randn(shape, generator=random, dtype=torch.float64).float().double()
    labels = torch.arange(COUNT) % CLASSES
    classes = F.one_hot(labels, CLASSES).double()
    z, real = draw(COUNT, latent), torch.tanh(draw(COUNT, channels, size, size)).float().double().requires_grad_()
    z[:, -CLASSES:] = classes
    g, d = Weights(f"{name}.generator"), Weights(f"{name}.discriminator")
    images = generator(g, z)
    (images * real.detach()).sum().backward()
    logits, guess = discriminator(d, real, classes)
    (slopes,) = torch.autograd.grad(logits.sum(), real, retain_graph=True)
    logits.sum().backward()
    put = lambda key, value: tensors.__setitem__(f"{name}.{key}", value.detach().float().contiguous())
    for net, weights in (("generator", g), ("discriminator", d)):
        for key, value in weights.items():
            if "running_" in key:
                put(f"{net}.{key}", value)
            if any(word in key for word in ("to_image", "from_image", "blocks.0.conv1.weight", "blocks.0.norm1", "embedding")):
                if value.grad is not None and value.numel() < 5000:
                    put(f"grad.{net}.{key}", value.grad)
    for key, value in (("latent", z), ("images", images), ("real", real), ("classes", labels), ("logits", logits),
                       ("slopes", slopes)):
        put(key, value)
    if guess is not None:
        put("guess", guess)


def main():
    from safetensors.torch import save_file

    tensors = {}
    plain = lambda discriminator: lambda w, x, classes: (discriminator(w, x)[0], None)
    for size, channels, width in ((32, 3, 2), (64, 1, 1), (128, 1, 1)):
        case(tensors, f"sngan-{size}", size, channels, 6, lambda w, z: sngan_generator(w, z, size, channels, width),
             plain(lambda w, x: sngan_discriminator(w, x, size, width)), size)
    case(tensors, "sagan-32", 32, 1, 6, lambda w, z: sngan_generator(w, z, 32, 1, 4, attends=16, spectral=True),
         plain(lambda w, x: sngan_discriminator(w, x, 32, 4, attends=16)), 7)
    for knowing in ("concatenation", "projection", "head"):
        case(tensors, f"sngan-{knowing}", 32, 1, 6, lambda w, z: sngan_generator(w, z, 32, 1, 2, classes=True),
             lambda w, x, c: conditional(w, x, c, knowing, lambda w, x: sngan_discriminator(w, x, 32, 2)), 11)
    for size, channels, width in ((32, 3, 8), (64, 1, 4)):
        case(tensors, f"r3gan-{size}", size, channels, 6, lambda w, z: r3gan_generator(w, z, size, channels, width),
             plain(lambda w, x: r3gan_discriminator(w, x, size, width)), size + 1)
    save_file(tensors, pathlib.Path(__file__).with_suffix(".safetensors"))

    count = lambda weights: sum(value.numel() for key, value in weights.items() if "running_" not in key)
    for name, g, d, size, latent in [
        (f"SNGAN-{size}", lambda w, z, s=size: sngan_generator(w, z, s, 3, 64),
         lambda w, x, s=size: sngan_discriminator(w, x, s, 64), size, 128) for size in (32, 64, 128)
    ] + [("R3GAN-256", lambda w, z: r3gan_generator(w, z, 256, 3, 96), lambda w, x: r3gan_discriminator(w, x, 256, 96), 256, 64)]:
        of_g, of_d = Weights("count"), Weights("count")
        with torch.no_grad():
            g(of_g, torch.zeros(2, latent, dtype=torch.float64))
            d(of_d, torch.zeros(1, 3, size, size, dtype=torch.float64))
        print(name, count(of_g), count(of_d))


if __name__ == "__main__":
    main()
