"""AdaIN's operation, decoder and objective in PyTorch: the numbers that Gannet's are held to.

    python scripts/reference/adain.py        # writes adain.safetensors beside this file

The definitions follow Huang and Belongie 2017, arXiv:1703.06868 (equations 8 and 11 to 13; variances are biased, and 1e-5 is added
to each). The encoder is VGG16 with WIDTHS for channels, under torchvision's names, up to the first convolution of its fourth
block, with mirrored borders; its weights are seeded.py's of "adain.encoder.features.N.weight", the decoder's of "adain.decoder.NAME" with Gannet's own names.
Inputs and probes are 2 u - 1 with seeded.py's uniform of their keys below. All is computed in float64 and stored as float32.

    op.output, op.slopes_content, op.slopes_style   AdaIN of op.content [2, 5, 6, 7] and 2 op.style + 1, [2, 5, 4, 9]; the gradients
                                                    of sum(output * op.probe) in both
    decoder.output, decoder.slopes                  of decoder.input [2, 10, 3, 4], and the same gradients by decoder.probe
    decoder.grad.KEY                                in each of the decoder's parameters
    whole.map, whole.image                          the deepest map that is aimed at and what the decoder makes of it, for pictures
                                                    whole.content and paintings whole.style, [2, 3, 32, 40]
    whole.prices [3]                                content, style and total variation, as gannet-objectives says
    whole.grad.KEY                                  of content + 10 style + 0.5 total variation in each of the decoder's parameters
"""

import pathlib

import torch
import torch.nn.functional as F
from safetensors.torch import save_file

import modern
from translators import signed

WIDTHS = (4, 6, 8, 10, 10)
CONVOLUTIONS = (2, 2, 3, 3, 3)
EPSILON = 1e-5
MEAN, DEVIATION = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


def moments(x):
    """mean and deviation of each channel, [n, c, 1, 1]"""
    return x.mean((2, 3), keepdim=True), (x.var((2, 3), unbiased=False, keepdim=True) + EPSILON).sqrt()


def adain(content, style):
    (mean, deviation), (new_mean, new_deviation) = moments(content), moments(style)
    return new_deviation * (content - mean) / deviation + new_mean


def mirrored(x):
    return F.pad(x, [1] * 4, mode="reflect")


def encoder(w, images):
    """the first map of each of four blocks, for images in [-1, 1]"""
    mean, deviation = (torch.tensor(values, dtype=torch.float64).reshape(1, 3, 1, 1) for values in (MEAN, DEVIATION))
    x, place, maps = ((images + 1) / 2 - mean) / deviation, 0, []
    for width, count in zip(WIDTHS, CONVOLUTIONS):
        for number in range(count):
            weight = w(f"features.{place}.weight", width, x.shape[1], 3, 3)
            x = F.relu(F.conv2d(mirrored(x), weight, w(f"features.{place}.bias", width)))
            place += 2
            if number == 0:
                maps.append(x)
            if len(maps) == 4:
                return maps
        x, place = F.max_pool2d(x, 2), place + 1


def decoder(w, x):
    before = (3, *WIDTHS)
    counts = (*CONVOLUTIONS[:3], 1)
    for level, block in enumerate(reversed(range(4))):
        if level > 0:
            x = F.interpolate(x, scale_factor=2, mode="nearest")
        for number in range(counts[block]):
            last = number == counts[block] - 1
            out = before[block] if last else WIDTHS[block]
            weight = w(f"levels.{level}.convs.{number}.weight", out, x.shape[1], 3, 3)
            x = F.conv2d(mirrored(x), weight, w(f"levels.{level}.convs.{number}.bias", out))
            x = x if last and block == 0 else F.relu(x)
    return x


def content_price(found, wanted, style):
    """as shares of the style's variance"""
    off = (found - wanted).square().mean((2, 3)).sum(1)
    return (off / moments(style)[1].square().sum((1, 2, 3))).mean()


def style_price(found, wanted):
    """of maps; each image's own share"""
    shares = []
    for a, b in zip(found, wanted):
        squares = lambda pair: sum(x.square().sum((1, 2, 3)) for x in pair)
        off = [x - y for x, y in zip(moments(a), moments(b))]
        shares.append((squares(off) / squares(moments(b))).mean())
    return sum(shares) / len(shares)


def variation(x):
    return (x[:, :, 1:] - x[:, :, :-1]).square().mean() + (x[:, :, :, 1:] - x[:, :, :, :-1]).square().mean()


def main():
    torch.set_num_threads(1)
    tensors = {}
    content = signed("op.content", (2, 5, 6, 7)).requires_grad_()
    style = (2 * signed("op.style", (2, 5, 4, 9)) + 1).requires_grad_()
    output = adain(content, style)
    (output * signed("op.probe", output.shape)).sum().backward()
    tensors |= {"op.output": output, "op.slopes_content": content.grad, "op.slopes_style": style.grad}

    w, x = modern.Weights("adain.decoder"), signed("decoder.input", (2, 10, 3, 4)).requires_grad_()
    output = decoder(w, x)
    (output * signed("decoder.probe", output.shape)).sum().backward()
    tensors |= {"decoder.output": output, "decoder.slopes": x.grad}
    tensors |= {f"decoder.grad.{key}": value.grad for key, value in w.items()}

    w, frozen = modern.Weights("adain.decoder"), modern.Weights("adain.encoder")
    content, style = (signed(f"whole.{key}", (2, 3, 32, 40)) for key in ("content", "style"))
    wanted = [x.detach() for x in encoder(frozen, style)]
    aim = adain(encoder(frozen, content)[-1], wanted[-1]).detach()
    image = decoder(w, aim)
    found = encoder(frozen, image)
    prices = content_price(found[-1], aim, wanted[-1]), style_price(found, wanted), variation(image)
    (prices[0] + 10 * prices[1] + 0.5 * prices[2]).backward()
    tensors |= {"whole.map": aim, "whole.image": image, "whole.prices": torch.stack(prices)}
    tensors |= {f"whole.grad.{key}": value.grad for key, value in w.items()}

    stored = {key: value.detach().float().contiguous() for key, value in tensors.items()}
    save_file(stored, pathlib.Path(__file__).with_suffix(".safetensors"))


if __name__ == "__main__":
    main()
