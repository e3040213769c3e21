"""What PyTorch makes of the MLP GAN's and the VAE's files (github.com/csinva/gan-vae-pretrained-pytorch, MIT).

    python scripts/reference/brought.py --weights FOLDER     # with mlp-gan-G.ckpt, mlp-gan-D.ckpt, vae-mnist.pth

Writes brought.safetensors beside this file: latent [4, 64], images [4, 784] = G(latent) in [-1, 1], logits [4] of D before its
sigmoid; vae.images [4, 784] in [0, 1], vae.mean and vae.log_variance [4, 20], vae.decoded [4, 784] = decode(mean) in [0, 1].
Inputs by seeded.py's uniform. Computed in float64, stored as float32.
"""

import argparse
import pathlib

import torch
import torch.nn.functional as F
from safetensors.torch import save_file

import seeded


def uniform(name, *shape):
    count = torch.Size(shape).numel()
    return torch.from_numpy(seeded.uniform(name, count)).reshape(shape)


def linear(state, name, x):
    return F.linear(x, state[f"{name}.weight"].double(), state[f"{name}.bias"].double())


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--weights", type=pathlib.Path, required=True)
    folder = parser.parse_args().weights
    g, d, vae = (
        torch.load(folder / name, map_location="cpu", weights_only=True)
        for name in ("mlp-gan-G.ckpt", "mlp-gan-D.ckpt", "vae-mnist.pth")
    )
    latent = (2 * uniform("brought.latent", 4, 64) - 1).float().double()
    x = F.relu(linear(g, "0", latent))
    images = torch.tanh(linear(g, "4", F.relu(linear(g, "2", x)))).float().double()
    x = F.leaky_relu(linear(d, "0", images), 0.2)
    logits = linear(d, "4", F.leaky_relu(linear(d, "2", x), 0.2))[:, 0]
    seen = uniform("brought.vae", 4, 784).float().double()
    hidden = F.relu(linear(vae, "fc1", seen))
    mean = linear(vae, "fc21", hidden)
    decoded = torch.sigmoid(linear(vae, "fc4", F.relu(linear(vae, "fc3", mean))))
    tensors = {
        "latent": latent,
        "images": images,
        "logits": logits,
        "vae.images": seen,
        "vae.mean": mean,
        "vae.log_variance": linear(vae, "fc22", hidden),
        "vae.decoded": decoded,
    }
    save_file({k: t.float().contiguous() for k, t in tensors.items()}, pathlib.Path(__file__).with_suffix(".safetensors"))


if __name__ == "__main__":
    main()
