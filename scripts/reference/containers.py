"""One small network in files of every kind that PyTorch's programs write, and the values of its tensors.

    python scripts/reference/containers.py   # writes files into weight_files/, and containers.safetensors beside this file

The network is Real-ESRGAN's compact one (enlargers.py), 2 layers of 4 channels, for 2 times the size; a tensor has the values that seeded.py
makes of its key. The files, written with torch 2.15.0, onnx 1.23.2 and onnxscript 0.7.2:

    torchscript.pt               torch.jit.script, without the files that only debuggers read, which hold paths
    traced.pt                    torch.jit.trace, likewise
    exported.onnx                torch.onnx.export by TorchScript, which drops the names of PReLU's slopes
    dynamo.onnx                  torch.onnx.export by dynamo, which drops them, too, and adds constants; without metadata, which holds paths
    exactly-21-characters.pth    a name of 21 characters, whose archive's first entry has 76 bytes in the directory
    before-2020.pth              the form of files before PyTorch 1.6
    wrapped.pth                  under {"epoch", "params", "params_ema", "mask"}: two networks, the second with prefixes, and tensors of
                                 whole numbers and of true and false inside and outside of them
    f8.safetensors               4-bit exponents, and 5-bit exponents for biases

containers.safetensors has KEY of the network, and f8.KEY, what PyTorch gives for the numbers of 8 bits.
"""

import io
import os
import pathlib
import tempfile
import warnings
import zipfile

import onnx
import torch
from safetensors.torch import save_file

import seeded
from enlargers import Compact


class Wrapped(torch.nn.Module):
    """layers by the names of the network, with attributes that are no tensors"""

    def __init__(self, net):
        super().__init__()
        self.body, self.about = net.body, "a text"

    def forward(self, x):
        y = torch.nn.functional.pixel_shuffle(self.body(x), 2)
        return y + torch.nn.functional.interpolate(x, scale_factor=2.0, mode="nearest")


def without_paths(program, path):
    """the archive of a program without the records of source lines"""
    whole = io.BytesIO()
    torch.jit.save(program, whole)
    archive = zipfile.ZipFile(whole)
    root = archive.namelist()[0].split("/")[0] + "/"
    with tempfile.TemporaryDirectory() as folder:
        given = pathlib.Path(folder, path.name)
        writer = torch._C.PyTorchFileWriter(str(given))
        for name in archive.namelist():
            inner = name.removeprefix(root)
            if not inner.endswith(".debug_pkl") and inner not in ("version", "byteorder") and not inner.startswith(".data/"):
                content = archive.read(name)
                writer.write_record(inner, content, len(content))
        writer.write_end_of_file()
        del writer
        path.write_bytes(given.read_bytes())


def main():
    warnings.simplefilter("ignore")
    torch.set_num_threads(1)
    here = pathlib.Path(__file__)
    folder = here.parent / "weight_files"
    folder.mkdir(exist_ok=True)
    net = seeded.fill(Compact(2, 4, 2))
    state, x = net.state_dict(), torch.zeros(1, 3, 6, 8)
    without_paths(torch.jit.script(Wrapped(net)), folder / "torchscript.pt")
    without_paths(torch.jit.trace(Wrapped(net), x), folder / "traced.pt")
    torch.onnx.export(net, (x,), str(folder / "exported.onnx"), dynamo=False, input_names=["x"], output_names=["y"])
    torch.onnx.export(net, (x,), str(folder / "dynamo.onnx"), dynamo=True, external_data=False, verbose=False)
    model = onnx.load(folder / "dynamo.onnx")
    for node in model.graph.node:
        del node.metadata_props[:]
    onnx.save(model, folder / "dynamo.onnx")
    os.chdir(folder)
    torch.save(state, "exactly-21-characters.pth")
    torch.save(state, "before-2020.pth", _use_new_zipfile_serialization=False)
    average = {f"module.netG.{key}": value for key, value in state.items()}
    average["module.netG.steps"] = torch.tensor(7)
    average["module.netG.used"] = torch.ones(3, dtype=torch.bool)
    zeros = {key: torch.zeros_like(value) for key, value in state.items()}
    whole = {"epoch": 3, "params": zeros, "params_ema": average, "mask": torch.ones(2, 2, dtype=torch.uint8)}
    torch.save(whole, "wrapped.pth")
    narrow = lambda key: torch.float8_e5m2 if key.endswith("bias") else torch.float8_e4m3fn
    small = {key: value.to(narrow(key)) for key, value in state.items()}
    save_file(small, "f8.safetensors")
    stored = {key: value.contiguous() for key, value in state.items()}
    stored |= {f"f8.{key}": value.float() for key, value in small.items()}
    save_file(stored, here.with_suffix(".safetensors"))
    for path in sorted(folder.iterdir()):
        if path.suffix not in (".param", ".bin"):
            print(path.name, path.stat().st_size, "bytes")


if __name__ == "__main__":
    main()
