"""LPIPS 0.1 over VGG16 and AlexNet with seeded trunks, and torch-fidelity's LPIPS over VGG16.

    python scripts/reference/lpips_nets.py       # writes lpips.safetensors beside this file

Trunks: seeded.tensor under torchvision's names (features.N.weight, features.N.bias). Linear layers: seeded.tensor under
the names of the lpips package's own files (linI.model.1.weight, [1, c, 1, 1]), or those files as shipped.
Pairs: p = seeded.batch(8, (64, 64)); pair i is p[2i], p[2i + 1]. Keys, with NET in {vgg, alex}:
    NET.seeded, NET.genuine                  [4] distances of p / 127.5 - 1
    NET.seeded.layers, NET.genuine.layers    [4, 5] the five terms they are sums of
    NET.lin0 .. NET.lin4                     [c] the shipped linear layers, lpips/weights/v0.1/NET.pth
    fidelity.as_is                           [4] torch-fidelity, shipped linear layers, p in 0 .. 255
    fidelity.64_from_40x48, .64_from_350x310, .64_from_100x48
        [1] seeded.batch(2, SIZE), brought to 64x64 after normalisation: area if both sides are larger, else bilinear
"""

import pathlib
from unittest.mock import patch

import lpips
import torch
import torchvision
from safetensors.torch import save_file
from torch_fidelity import sample_similarity_lpips

import seeded

WEIGHTS = pathlib.Path(lpips.__file__).parent / "weights" / "v0.1"


def trunk(module):
    """fills sliceK.N.weight, which torchvision calls features.N.weight"""
    shapes = seeded.shapes(module)
    names = {name: "features." + name.split(".", 1)[1] for name in shapes}
    module.load_state_dict({name: seeded.tensor(names[name], shape) for name, shape in shapes.items()})


def distances(net, lins, pixels):
    module = lpips.LPIPS(net=net, version="0.1", pretrained=False, pnet_rand=True, verbose=False).eval()
    trunk(module.net)
    module.load_state_dict(lins, strict=False)
    pixels = pixels.float() / 127.5 - 1
    total, layers = module(pixels[0::2], pixels[1::2], retPerLayer=True)
    return total.flatten(), torch.stack([layer.flatten() for layer in layers], 1)


def fidelity(lins, resize=None):
    vgg = torchvision.models.vgg16()
    features = {name: seeded.tensor(name, shape) for name, shape in seeded.shapes(vgg).items() if "features" in name}
    vgg.load_state_dict(features, strict=False)
    with patch.object(sample_similarity_lpips, "load_state_dict_from_url", return_value=lins):
        with patch.object(sample_similarity_lpips, "torchvision_load_pretrained_vgg16", return_value=vgg):
            return sample_similarity_lpips.SampleSimilarityLPIPS("lpips-vgg16", resize, "uint8")


def main():
    torch.set_num_threads(1)
    torch.set_grad_enabled(False)
    pairs, tensors = seeded.batch(8, (64, 64)), {}
    for net in ("vgg", "alex"):
        genuine = torch.load(WEIGHTS / f"{net}.pth", map_location="cpu", weights_only=True)
        seeds = seeded.state({name: value.shape for name, value in genuine.items()})
        print(net, {name: tuple(value.shape) for name, value in genuine.items()})
        for kind, lins in (("seeded", seeds), ("genuine", genuine)):
            tensors[f"{net}.{kind}"], tensors[f"{net}.{kind}.layers"] = distances(net, lins, pairs)
            print(net, kind, tensors[f"{net}.{kind}"].tolist())
        tensors |= {f"{net}.{name.split('.')[0]}": value.flatten() for name, value in genuine.items()}
        if net == "vgg":
            tensors["fidelity.as_is"] = fidelity(genuine)(pairs[0::2], pairs[1::2]).flatten()
            for size in ((40, 48), (350, 310), (100, 48)):
                first, second = seeded.batch(2, size).split(1)
                name = f"fidelity.64_from_{size[0]}x{size[1]}"
                tensors[name] = fidelity(genuine, 64)(first, second).flatten()
    print({name: value.tolist() for name, value in tensors.items() if name.startswith("fidelity")})
    tensors = {name: value.contiguous() for name, value in tensors.items()}
    save_file(tensors, pathlib.Path(__file__).with_name("lpips.safetensors"))


if __name__ == "__main__":
    main()
