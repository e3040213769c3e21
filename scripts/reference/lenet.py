"""LeNet-5 on MNIST in PyTorch: accuracy, features, and the Fréchet distance on them.

    python scripts/reference/lenet.py --weights lenet-mnist.pth --data MNIST_FOLDER   # writes lenet.json beside this file

Weights: github.com/csinva/gan-vae-pretrained-pytorch (MIT). Digits are resized from 28×28 to 32×32 with
F.interpolate(bilinear, antialias=True, align_corners=False) as floats in [0, 1], not rounded to bytes after.
The distance is between the first 10,000 training images and the test set, on f6 after its ReLU, 84 features.
"""

import argparse
import gzip
import json
import pathlib

import numpy as np
import torch
import torch.nn.functional as F

from frechet import distance


def images(path, count):
    """idx.gz -> [count, 1, 32, 32] in [0, 1]"""
    pixels = np.frombuffer(gzip.open(path).read(), np.uint8, offset=16).reshape(-1, 1, 28, 28)
    pixels = torch.tensor(pixels[:count]).float() / 255
    return F.interpolate(pixels, (32, 32), mode="bilinear", antialias=True, align_corners=False)


def lenet(p, x):
    """images [n, 1, 32, 32] -> features after f6's ReLU [n, 84], logits [n, 10]"""
    conv = lambda name, x: F.relu(F.conv2d(x, p[f"convnet.{name}.weight"], p[f"convnet.{name}.bias"]))
    linear = lambda name, x: F.linear(x, p[f"fc.{name}.weight"], p[f"fc.{name}.bias"])
    x = F.max_pool2d(conv("c1", x), 2)  # 6 × 14 × 14
    x = F.max_pool2d(conv("c3", x), 2)  # 16 × 5 × 5
    x = conv("c5", x).flatten(1)  # 120 × 1 × 1
    features = F.relu(linear("f6", x))
    return features, linear("f7", features)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--weights", type=pathlib.Path, required=True)
    parser.add_argument("--data", type=pathlib.Path, required=True)
    args = parser.parse_args()

    torch.set_num_threads(1)
    parameters = torch.load(args.weights, map_location="cpu", weights_only=True)
    labels = np.frombuffer(gzip.open(args.data / "t10k-labels-idx1-ubyte.gz").read(), np.uint8, offset=8)
    with torch.no_grad():
        test, logits = lenet(parameters, images(args.data / "t10k-images-idx3-ubyte.gz", 10_000))
        train, _ = lenet(parameters, images(args.data / "train-images-idx3-ubyte.gz", 10_000))
    result = {
        "accuracy": float((logits.argmax(1).numpy() == labels).mean()),
        "frechet_distance": distance(train.double().numpy(), test.double().numpy()),
        "features": {
            "mean_over_test_set": test.double().mean().item(),
            "mean_of_first_3": test[:3].double().mean(1).tolist(),
            "first_12_of_first_3": test[:3, :12].tolist(),
        },
        "logits_of_first_3": logits[:3].tolist(),
    }
    pathlib.Path(__file__).with_suffix(".json").write_text(json.dumps(result) + "\n")
    print(f"accuracy {result['accuracy']:.4f}, Fréchet distance {result['frechet_distance']:.6f}")


if __name__ == "__main__":
    main()
