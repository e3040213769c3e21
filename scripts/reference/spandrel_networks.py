"""Networks for pictures as spandrel 0.4.2 defines them: the numbers that Gannet's are held to.

    python scripts/reference/spandrel_networks.py    # writes spandrel_networks.safetensors and .json beside this file

Needs spandrel 0.4.2 besides torch. Weights, inputs and probes are those of translators.py, all in float64, stored as float32;
buffers have the values that spandrel gives them. Images lie in [0, 1] here. spandrel_networks.safetensors has CASE.output,
CASE.slopes and CASE.grad.KEY as translators.safetensors has, and

    CASE.says   [scale, channels of the input, channels of the output] in spandrel's words, where its loader takes the file
    CASE.gain   [the factor of all weights of two or more axes], without which maps would grow from layer to layer

spandrel_networks.json: {CASE: {KEY: shape}} of the floating-point tensors, in the order of the file. Cases:

    plksr     the paper's forms and RealPLKSR's
    lama      a small generator in spandrel's whole network; the hole of the first image has the rows 4 to 13 and the columns 0 to
              8, and that of each further image is one row lower and eight columns to the right
    swinir    its kinds of upsampling; sizes that are no multiples of the window, but where images are unshuffled first
    span      the last one has the folded kernels alone, and is computed with them
"""

import json
import pathlib

import torch
from safetensors.torch import save_file
from spandrel import ModelLoader
from spandrel.architectures.LaMa import LaMa
from spandrel.architectures.LaMa.__arch.LaMa import FFCResNetGenerator
from spandrel.architectures.PLKSR import PLKSR, RealPLKSR
from spandrel.architectures.SPAN import SPAN
from spandrel.architectures.SwinIR import SwinIR

import seeded
from translators import signed

TENSORS, SHAPES = {}, {}


def seed(name, net, gain=1.0, kept=lambda key: True, rename=lambda key: key):
    """the file's tensors: seeded parameters and running statistics, and buffers as they are"""
    TENSORS[f"{name}.gain"] = torch.tensor([gain])

    def draw(key, shape):
        return seeded.tensor(f"{name}.{key}", shape) * (gain if len(shape) > 1 else 1.0)

    drawn = {rename(key) for key, _ in net.named_parameters()}
    drawn |= {rename(key) for key in net.state_dict() if "running_" in key}
    given = {rename(key): value for key, value in net.state_dict().items() if kept(key)}
    state = {key: draw(key, value.shape) if key in drawn else value for key, value in given.items()}
    SHAPES[name] = {key: value.shape for key, value in state.items() if value.is_floating_point()}
    return state


def compare(name, net, function, size, watched, rename=lambda key: key):
    """the output in evaluation, and the gradients of the mode that the network is in"""
    x = signed(f"{name}.input", size).requires_grad_()
    output = function(x)
    (output * signed(f"{name}.probe", output.shape)).sum().backward()
    TENSORS.update({f"{name}.output": output, f"{name}.slopes": x.grad})
    TENSORS.update({f"{name}.grad.{rename(key)}": net.get_parameter(key).grad for key in watched})


def loaded(name, net, size, watched, gain=1.0, training=False, rename=lambda key: key):
    """a case that spandrel's loader takes; while training it computes the same by other operations, which have gradients"""
    described = ModelLoader().load_from_state_dict(seed(name, net, gain, rename=rename))
    says = [described.scale, described.input_channels, described.output_channels]
    TENSORS[f"{name}.says"] = torch.tensor(says)
    net = described.model.double().eval()
    with torch.no_grad():
        # Some layers write into their input.
        output = net(signed(f"{name}.input", size))
    net.train(training)
    for parameter in net.parameters():
        parameter.requires_grad_()
    compare(name, net, net, size, watched, rename)
    assert (TENSORS[f"{name}.output"] - output).abs().max() < 1e-9 * output.abs().max(), name


def span():
    watched = ["conv_1.conv.0.weight", "block_1.c1_r.sk.bias", "block_6.c1_r.conv.1.weight", "conv_cat.weight"]
    net = lambda **options: SPAN(feature_channels=8, **options)
    loaded("span-x4", net(num_in_ch=3, num_out_ch=3, upscale=4), (1, 3, 7, 9), watched, 0.5, training=True)
    plain = net(num_in_ch=1, num_out_ch=1, upscale=2, norm=False)
    loaded("span-x2-gray", plain, (2, 1, 6, 5), watched, 0.6, training=True)
    name, net = "span-folded", net(num_in_ch=3, num_out_ch=3, upscale=2, norm=False).double()
    state = seed(name, net, 0.6, lambda key: ".sk." not in key and ".conv." not in key)
    net.load_state_dict(state, strict=False)
    for part in net.modules():
        if hasattr(part, "eval_conv"):
            part.forward = part.eval_conv.forward
    compare(name, net, net, (1, 3, 8, 6), ["conv_1.eval_conv.weight", "block_6.c3_r.eval_conv.bias"])


def plksr():
    # In evaluation the large kernel overwrites its input, which has no gradients.
    add = lambda *given: loaded(*given, training=True)
    watched = ["feats.0.weight", "feats.1.lk.conv.weight", "feats.2.refine.bias"]
    real = lambda scale, **options: RealPLKSR(dim=8, n_blocks=2, upscaling_factor=scale, kernel_size=7, **options)
    add("realplksr-x4", real(4), (1, 3, 9, 8), ["feats.1.norm.weight", *watched])
    add("realplksr-x2-layer", real(2, layer_norm=True), (2, 3, 6, 7), ["feats.1.layer_norm.bias", *watched])
    sampled = ["to_img.offset.weight", "to_img.scope.weight", "to_img.end_conv.weight"]
    add("realplksr-x4-sampled", real(4, dysample=True), (2, 3, 6, 7), sampled)
    add("realplksr-x3-sampled", real(3, dysample=True, layer_norm=True, use_ea=False), (1, 3, 5, 7), sampled)
    add("realplksr-x1-sampled", real(1, dysample=True), (1, 3, 5, 7), sampled[:2])
    paper = lambda scale, form, **options: PLKSR(
        dim=8, n_blocks=2, upscaling_factor=scale, ccm_type=form, kernel_size=5, split_ratio=0.5, **options
    )
    add("plksr-x2-ccm", paper(2, "CCM"), (1, 3, 9, 8), watched)
    add("plksr-x3-iccm", paper(3, "ICCM", use_ea=False), (1, 3, 9, 8), watched)
    add("plksr-x4-dccm", paper(4, "DCCM"), (1, 3, 6, 5), watched)


def lama():
    hole = torch.zeros(2, 1, 24, 32).double()
    for at in range(2):
        hole[at, :, 4 + at : 14 + at, 8 * at : 8 * at + 9] = 1
    net, name = LaMa(in_nc=4, out_nc=3), "lama-2"
    net.model = FFCResNetGenerator(4, 3, ngf=4, n_blocks=2)
    net.double().eval()
    inner = "model.model."
    rename = lambda key: key.replace(inner, "generator.model.")
    drawn = seed(name, net, rename=rename)
    net.load_state_dict({key.replace("generator.model.", inner): value for key, value in drawn.items()})
    watched = ["1.ffc.convl2l.weight", "5.conv1.ffc.convg2g.conv1.0.weight", "5.conv1.ffc.convg2g.fu.conv_layer.weight"]
    watched += ["6.conv2.ffc.convg2g.fu.bn.weight", "6.conv2.ffc.convl2g.weight", "8.weight"]
    compare(name, net, lambda x: net(x, hole), (2, 3, 24, 32), [inner + key for key in watched], rename)


def swinir():
    body = "layers.0.residual_group.blocks."
    watched = ["conv_first.weight", f"{body}1.attn.relative_position_bias_table", f"{body}1.attn.qkv.weight"]
    watched += [f"{body}0.norm1.weight", f"{body}0.mlp.fc2.bias", "patch_embed.norm.weight"]
    small = dict(embed_dim=12, depths=[2, 3], num_heads=[2, 3], window_size=4, img_size=8, mlp_ratio=2)
    net = lambda upsampler, scale=1, **options: SwinIR(upsampler=upsampler, upscale=scale, **{**small, **options})
    loaded("swinir-classical-x4", net("pixelshuffle", 4), (1, 3, 9, 6), watched)
    loaded("swinir-classical-x3", net("pixelshuffle", 3), (1, 3, 4, 5), watched[:2])
    light = net("pixelshuffledirect", 2, window_size=8, img_size=16)
    loaded("swinir-light-x2", light, (2, 3, 13, 18), watched)
    loaded("swinir-real-x4", net("nearest+conv", 4, resi_connection="3conv"), (1, 3, 6, 7), watched)
    gray = net("", in_chans=1, window_size=7, img_size=14)
    loaded("swinir-gray", gray, (1, 1, 16, 11), watched)
    first = lambda key: key.replace("conv_first.", "conv_first.1.")
    loaded("swinir-unshuffled-x2", net("nearest+conv", 4, start_unshuffle=2), (1, 3, 8, 16), watched[:1], rename=first)


def main():
    torch.set_num_threads(1)
    span()
    plksr()
    lama()
    swinir()
    here = pathlib.Path(__file__)
    stored = {key: value.detach().float().contiguous() for key, value in TENSORS.items()}
    save_file(stored, here.with_suffix(".safetensors"))
    here.with_suffix(".json").write_text(json.dumps(SHAPES) + "\n")


if __name__ == "__main__":
    main()
