"""Gannet's DCGAN training step beside PyTorch's, on this machine.

    PYTHON=python python bench/compare.py --gannet target/release/gannet-bench --size 28 32 64

For each size Gannet writes parameters and a batch; both sides load them, and before any timing their outputs must
agree within 1e-4. Then the contestants run in turn, A B A B, each in a process of its own, --rounds times. A
contestant's figure is the median over rounds of its median step; the ratio is Gannet's to the fastest PyTorch's.
With --json each size prints one line {"name", "kind", "ratio", "gannet_ms", "pytorch_ms"} and nothing else.
Needs safetensors and numpy here; PYTHON (default: this interpreter) needs torch and safetensors.
"""

import argparse
import json
import os
import pathlib
import platform
import statistics
import subprocess
import sys
import tempfile

import numpy as np
from safetensors.numpy import load_file

PYTHON = os.environ.get("PYTHON", sys.executable)
STEP = pathlib.Path(__file__).with_name("step.py")
TOLERANCE = 1e-4


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--gannet", required=True, help="the gannet-bench binary")
    parser.add_argument("--size", type=int, nargs="+", default=[32])
    for name, default in (("width", 32), ("batch", 64), ("channels", 1), ("steps", 20), ("threads", 2), ("rounds", 5)):
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument("--compile", action="store_true", help="also PyTorch with torch.compile")
    parser.add_argument("--json", action="store_true")
    return parser.parse_args()


def run(command, threads):
    """The last line a command prints, as JSON where it is; its errors go to ours."""
    limits = {name: str(threads) for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "RAYON_NUM_THREADS")}
    done = subprocess.run(list(map(str, command)), env=os.environ | limits, stdout=subprocess.PIPE, text=True)
    if done.returncode:
        sys.exit(f"{' '.join(map(str, command))}: exit status {done.returncode}")
    lines = done.stdout.strip().splitlines()
    return json.loads(lines[-1]) if lines and lines[-1].startswith("{") else None


def require_equal(ours, theirs, who):
    """Largest difference of each output; stops where one is beyond the tolerance."""
    a, b = load_file(ours), load_file(theirs)
    differences = {}
    for name in ("images", "logits"):
        if a[name].shape != b[name].shape:
            sys.exit(f"{who}: {name} {a[name].shape} and {b[name].shape}")
        differences[name] = float(np.abs(a[name] - b[name]).max())
        if not differences[name] <= TOLERANCE:  # also where it is not a number
            sys.exit(f"{who}: {name} differ by {differences[name]:.2e}, more than {TOLERANCE}")
    return differences


def contestants(args, size, folder):
    """name -> (command without --steps, where it writes its outputs, the option that says so)"""
    shape = [f"--{name}={getattr(args, name)}" for name in ("width", "batch", "channels", "threads")]
    shape.append(f"--size={size}")
    inputs = folder / "inputs.safetensors"
    run([args.gannet, *shape, f"--steps={args.steps}", "--write-inputs", inputs], args.threads)
    made = {"gannet": ([args.gannet, *shape, "--inputs", inputs], folder / "gannet.safetensors", "--outputs")}
    for layout in ("contiguous", "channels_last"):
        command = [PYTHON, STEP, *shape, "--weights", inputs, "--batch-file", inputs, "--layout", layout]
        name = f"pytorch {layout}"
        made[name] = (command, folder / f"{layout}.safetensors", "--check")
        if args.compile:
            made[f"{name} compiled"] = ([*command, "--compile"], folder / f"{layout}-compiled.safetensors", "--check")
    return made


def compare(args, size, folder):
    """name -> median milliseconds a step, and the largest output difference of each PyTorch contestant"""
    table = contestants(args, size, folder)
    for command, outputs, option in table.values():
        run([*command, "--steps=1", option, outputs], args.threads)
    ours = table["gannet"][1]
    differences = {name: require_equal(ours, row[1], name) for name, row in table.items() if name != "gannet"}
    times = {name: [] for name in table}
    for _ in range(args.rounds):
        for name, (command, outputs, option) in table.items():
            result = run([*command, f"--steps={args.steps}", option, outputs], args.threads)
            times[name].append(result["median_ms"])
    return {name: (statistics.median(all_), min(all_), max(all_)) for name, all_ in times.items()}, differences


def machine(threads):
    """One line: processor, cores, versions."""
    cpu = platform.processor() or platform.machine()
    info = pathlib.Path("/proc/cpuinfo")
    if info.exists():
        models = [line.split(":", 1)[1].strip() for line in info.read_text().splitlines() if line.startswith("model name")]
        cpu = models[0] if models else cpu
    ask = "import platform, torch; print(f'PyTorch {torch.__version__}, Python {platform.python_version()}')"
    versions = subprocess.run([PYTHON, "-c", ask], stdout=subprocess.PIPE, text=True, check=True).stdout.strip()
    return f"{cpu}, {os.cpu_count()} cores, {threads} threads used; {platform.system()} {platform.release()}; {versions}"


def main():
    args = arguments()
    if not args.json:
        print(machine(args.threads))
    for size in args.size:
        with tempfile.TemporaryDirectory() as folder:
            figures, differences = compare(args, size, pathlib.Path(folder))
        fastest = min((name for name in figures if name != "gannet"), key=lambda name: figures[name][0])
        gannet_ms, pytorch_ms = figures["gannet"][0], figures[fastest][0]
        ratio = gannet_ms / pytorch_ms
        name = f"dcgan-{size} width {args.width} batch {args.batch} channels {args.channels}"
        if args.json:
            row = {"name": name, "kind": "step", "ratio": ratio, "gannet_ms": gannet_ms, "pytorch_ms": pytorch_ms}
            print(json.dumps(row), flush=True)
            continue
        worst = max(max(d.values()) for d in differences.values())
        print(f"\n{name}: outputs equal within {worst:.1e}")
        for who, (median, low, high) in figures.items():
            print(f"  {who:32} {median:9.2f} ms   ({low:.2f} to {high:.2f} over {args.rounds} rounds)")
        print(f"  gannet / {fastest}: {ratio:.2f}", flush=True)


if __name__ == "__main__":
    main()
