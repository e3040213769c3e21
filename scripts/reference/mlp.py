"""The fully connected GAN (Goodfellow et al. 2014, arXiv:1406.2661) in PyTorch: outputs for given weights.

    python scripts/reference/mlp.py          # writes mlp.safetensors beside this file

Keys: {generator,discriminator}.{hidden.0,hidden.1,output}.{weight [out, in],bias [out]}, latent [3, 8],
images [3, 1, 28, 28] = generator(latent), real [3, 1, 28, 28], logits_real and logits_fake [3, 1].
Computed in float64 from float32 inputs, stored as float32.
"""

import pathlib

import torch
import torch.nn.functional as F
from safetensors.torch import save_file
from torch import nn

LATENT, HIDDEN, SIZE, BATCH = 8, 16, 28, 3


class Mlp(nn.Module):
    def __init__(self, inputs, outputs, activation):
        super().__init__()
        self.hidden = nn.ModuleList([nn.Linear(inputs, HIDDEN), nn.Linear(HIDDEN, HIDDEN)])
        self.output = nn.Linear(HIDDEN, outputs)
        self.activation = activation

    def forward(self, x):
        for hidden in self.hidden:
            x = self.activation(hidden(x))
        return self.output(x)


torch.set_num_threads(1)
torch.manual_seed(0)
generator = Mlp(LATENT, SIZE * SIZE, F.relu).double()
discriminator = Mlp(SIZE * SIZE, 1, lambda x: F.leaky_relu(x, 0.2)).double()
for net in (generator, discriminator):
    for parameter in net.parameters():
        parameter.data = parameter.data.float().double()
latent = torch.randn(BATCH, LATENT).double()
real = torch.tanh(torch.randn(BATCH, 1, SIZE, SIZE)).double()

with torch.no_grad():
    images = torch.tanh(generator(latent)).reshape(BATCH, 1, SIZE, SIZE)
    tensors = {
        "latent": latent,
        "images": images,
        "real": real,
        "logits_real": discriminator(real.flatten(1)),
        "logits_fake": discriminator(images.flatten(1)),
    }
for name, net in (("generator", generator), ("discriminator", discriminator)):
    tensors |= {f"{name}.{key}": tensor for key, tensor in net.state_dict().items()}
save_file({k: t.float().contiguous() for k, t in tensors.items()}, pathlib.Path(__file__).with_suffix(".safetensors"))
