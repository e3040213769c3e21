"""DINOv2 ViT-B/14 without registers, with seeded weights.

    python scripts/reference/dinov2.py       # writes dinov2.safetensors beside this file

Weights: seeded.state over shapes(), those of dinov2_vitb14_pretrain.pth (175 names; mask_token is not used).
Pre-norm transformer, 12 blocks of width 768, 12 heads of 64: x += ls1 * attn(norm1(x)); x += ls2 * mlp(norm2(x)).
LayerNorm eps 1e-6, exact GELU (erf), query scaled by 64^-1/2, qkv rows ordered query, key, value, by head inside each.
Position embeddings of 37 x 37 patches are brought to h/14 x w/14 by bicubic interpolation (a = -0.75, half-pixel
centres, borders clamped, no antialias) whose step is 37 / (h/14 + 0.1), not 37 / (h/14):
source = (target + 0.5) step - 0.5.
Images: seeded.batch(2, (224, 224)) / 255, then ImageNet's mean and deviation. Keys:
    cls          [2, 768] x_norm_clstoken, which is what the model returns
    tokens       [2, 8] the first 8 values of every image's first patch token after the last norm
    position     [257, 8] the first 8 columns of the position embeddings for 16 x 16 patches, class token first
    embedded     [2, 4, 8] tokens 0, 1, 128, 256 (first 8 values) before the first block
    block        [12, 8] the class token of image 0 after every block, first 8 values
"""

import pathlib

import torch
import torch.nn.functional as F
from safetensors.torch import save_file

import seeded
from classifiers import normalised

WIDTH, DEPTH, HEADS, PATCH, GRID = 768, 12, 12, 14, 37


def shapes():
    result = {
        "cls_token": (1, 1, WIDTH),
        "pos_embed": (1, 1 + GRID**2, WIDTH),
        "mask_token": (1, WIDTH),
        "patch_embed.proj.weight": (WIDTH, 3, PATCH, PATCH),
        "patch_embed.proj.bias": (WIDTH,),
    }
    linear = lambda name, rows, columns: {f"{name}.weight": (rows, columns), f"{name}.bias": (rows,)}
    norm = lambda name: {f"{name}.weight": (WIDTH,), f"{name}.bias": (WIDTH,)}
    for n in range(DEPTH):
        block = f"blocks.{n}"
        result |= norm(f"{block}.norm1") | linear(f"{block}.attn.qkv", 3 * WIDTH, WIDTH)
        result |= linear(f"{block}.attn.proj", WIDTH, WIDTH) | {f"{block}.ls1.gamma": (WIDTH,)} | norm(f"{block}.norm2")
        result |= linear(f"{block}.mlp.fc1", 4 * WIDTH, WIDTH) | linear(f"{block}.mlp.fc2", WIDTH, 4 * WIDTH)
        result |= {f"{block}.ls2.gamma": (WIDTH,)}
    return result | norm("norm")


def positions(embedding, height, width):
    """[1, 1 + 37 * 37, c] -> [1, 1 + height * width, c]; the tenth of a patch in the scale is the official code's"""
    if (height, width) == (GRID, GRID):
        return embedding
    grid = embedding[:, 1:].reshape(1, GRID, GRID, -1).permute(0, 3, 1, 2)
    scale = ((height + 0.1) / GRID, (width + 0.1) / GRID)
    grid = F.interpolate(grid, scale_factor=scale, mode="bicubic", antialias=False)
    assert grid.shape[2:] == (height, width)
    return torch.cat((embedding[:, :1], grid.permute(0, 2, 3, 1).flatten(1, 2)), 1)


def attention(p, name, x):
    n, tokens, width = x.shape
    qkv = F.linear(x, p[f"{name}.qkv.weight"], p[f"{name}.qkv.bias"])
    q, k, v = qkv.reshape(n, tokens, 3, HEADS, width // HEADS).permute(2, 0, 3, 1, 4)
    mixed = (q * (width // HEADS) ** -0.5 @ k.transpose(-2, -1)).softmax(-1) @ v
    mixed = mixed.transpose(1, 2).flatten(2)
    return F.linear(mixed, p[f"{name}.proj.weight"], p[f"{name}.proj.bias"])


def mlp(p, name, x):
    x = F.gelu(F.linear(x, p[f"{name}.fc1.weight"], p[f"{name}.fc1.bias"]))
    return F.linear(x, p[f"{name}.fc2.weight"], p[f"{name}.fc2.bias"])


def dinov2(p, x):
    """normalised images -> tokens before the first block, class token after every block, tokens after the last norm"""
    norm = lambda name, x: F.layer_norm(x, (WIDTH,), p[f"{name}.weight"], p[f"{name}.bias"], 1e-6)
    x = F.conv2d(x, p["patch_embed.proj.weight"], p["patch_embed.proj.bias"], stride=PATCH)
    place = positions(p["pos_embed"], *x.shape[2:])
    x = torch.cat((p["cls_token"].expand(len(x), -1, -1), x.flatten(2).transpose(1, 2)), 1) + place
    embedded, after = x, []
    for n in range(DEPTH):
        block = f"blocks.{n}"
        x = x + p[f"{block}.ls1.gamma"] * attention(p, f"{block}.attn", norm(f"{block}.norm1", x))
        x = x + p[f"{block}.ls2.gamma"] * mlp(p, f"{block}.mlp", norm(f"{block}.norm2", x))
        after.append(x[:, 0])
    return embedded, torch.stack(after), norm("norm", x)


def main():
    torch.set_num_threads(1)
    p = seeded.state(shapes())
    embedded, after, tokens = dinov2(p, normalised(2, 224))
    print(f"{len(p)} names; class token after each block:", [f"{v:.3g}" for v in after.abs().mean((1, 2)).tolist()])
    print(f"cls mean |x| {tokens[:, 0].abs().mean():.4g}, max {tokens[:, 0].abs().max():.4g}")
    tensors = {
        "cls": tokens[:, 0],
        "tokens": tokens[:, 1, :8],
        "position": positions(p["pos_embed"], 16, 16)[0, :, :8],
        "embedded": embedded[:, [0, 1, 128, 256], :8],
        "block": after[:, 0, :8],
    }
    tensors = {name: value.contiguous() for name, value in tensors.items()}
    save_file(tensors, pathlib.Path(__file__).with_suffix(".safetensors"))


if __name__ == "__main__":
    main()
