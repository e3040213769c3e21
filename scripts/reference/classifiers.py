"""torchvision's classifiers with seeded weights: what goes into the last linear layer, and the logits.

    python scripts/reference/classifiers.py       # writes classifiers.safetensors beside this file

Weights: seeded.state under torchvision's own names and shapes, 1000 classes, evaluation mode. inception_v3 is
torchvision's own, aux_logits=True, transform_input=False. Images: seeded.batch(n, (224, 224)), n in NETWORKS below,
299x299 for inception_v3; x / 255, then ImageNet's mean and deviation. Keys:
    NET.features    [n, 64] the first 64 values that the last linear layer sees
    NET.logits      [n, 32] the first 32 logits
"""

import pathlib

import torch
import torchvision
from safetensors.torch import save_file

import seeded

NETWORKS = {  # images, side, name of the last linear layer
    "alexnet": (2, 224, "classifier.6"),
    "vgg11_bn": (2, 224, "classifier.6"),
    "vgg16": (1, 224, "classifier.6"),
    "resnet18": (2, 224, "fc"),
    "resnet50": (1, 224, "fc"),
    "resnext50_32x4d": (1, 224, "fc"),
    "wide_resnet50_2": (1, 224, "fc"),
    "inception_v3": (1, 299, "fc"),
}
MEAN, DEVIATION = (torch.tensor(v)[:, None, None] for v in ([0.485, 0.456, 0.406], [0.229, 0.224, 0.225]))


def normalised(count, side):
    return (seeded.batch(count, (side, side)).float() / 255 - MEAN) / DEVIATION


def run(name, count, side, last):
    extra = {"aux_logits": True, "transform_input": False, "init_weights": False} if name == "inception_v3" else {}
    module = seeded.fill(torchvision.models.get_model(name, weights=None, **extra))
    seen = []
    module.get_submodule(last).register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0]))
    logits = module(normalised(count, side))
    return seen[0], logits


def main():
    torch.set_num_threads(1)
    tensors = {}
    for name, options in NETWORKS.items():
        features, logits = run(name, *options)
        tensors |= {f"{name}.features": features[:, :64].contiguous(), f"{name}.logits": logits[:, :32].contiguous()}
        shown = tensors[f"{name}.features"]
        print(f"{name}: features {tuple(features.shape)} mean |x| {features.abs().mean():.4g},")
        print(f"    max {features.abs().max():.4g}, {(shown != 0).sum()} of the {shown.numel()} kept are not 0;")
        print(f"    logits mean |x| {logits.abs().mean():.4g}", flush=True)
    save_file(tensors, pathlib.Path(__file__).with_suffix(".safetensors"))


if __name__ == "__main__":
    main()
