"""Gannet beside PyTorch, on this machine: training steps, generated images, and the start of the process.

    PYTHON=python python bench/compare.py --gannet target/release/gannet-bench --output bench/RESULTS.md

For each row Gannet writes parameters and a batch; both sides load them, and before any timing their outputs must agree
within 1e-4. Then the contestants run in turn, A B A B, each in a process of its own, --rounds times. A contestant's
figure is the median over rounds of its median run; the ratio is Gannet's to the fastest PyTorch's, and below 1 Gannet
is faster. PyTorch runs in both memory layouts and, unless --no-compile, through torch.compile where that works.
With --json each row prints one line {"name", "kind", "ratio", "gannet_ms", "pytorch_ms", ...} and nothing else.
Needs safetensors and numpy here; PYTHON (default: this interpreter) needs torch and safetensors.
"""

import argparse
import json
import math
import os
import pathlib
import platform
import statistics
import subprocess
import sys
import tempfile
import time

import numpy as np
from safetensors.numpy import load_file

PYTHON = os.environ.get("PYTHON", sys.executable)
PYTORCH = pathlib.Path(__file__).with_name("pytorch.py")
TOLERANCE = 1e-4

# name, kind, options of both programs
ROWS = [
    ("DCGAN-28 step, width 32, batch 64", "train", dict(work="dcgan-step", size=28, width=32, batch=64, channels=1)),
    ("DCGAN-32 step, width 32, batch 64", "train", dict(work="dcgan-step", size=32, width=32, batch=64, channels=1)),
    ("DCGAN-32 step, width 64, batch 64", "train", dict(work="dcgan-step", size=32, width=64, batch=64, channels=3)),
    ("DCGAN-64 step, width 32, batch 32", "train", dict(work="dcgan-step", size=64, width=32, batch=32, channels=3)),
    ("DCGAN-64 step, width 32, batch 64", "train", dict(work="dcgan-step", size=64, width=32, batch=64, channels=1)),
    ("DCGAN-64 step, width 64, batch 64", "train", dict(work="dcgan-step", size=64, width=64, batch=64, channels=3)),
    ("MLP GAN step, batch 64", "train", dict(work="mlp-step", size=28, width=32, batch=64, channels=1)),
    ("DCGAN-32 images, width 32, batch 1", "infer", dict(work="dcgan-generate", size=32, width=32, batch=1, channels=1)),
    ("DCGAN-32 images, width 32, batch 64", "infer", dict(work="dcgan-generate", size=32, width=32, batch=64, channels=1)),
    ("DCGAN-64 images, width 64, batch 1", "infer", dict(work="dcgan-generate", size=64, width=64, batch=1, channels=3)),
    ("DCGAN-64 images, width 64, batch 64", "infer", dict(work="dcgan-generate", size=64, width=64, batch=64, channels=3)),
    ("start to first image, DCGAN-64", "start", dict(work="dcgan-generate", size=64, width=64, batch=1, channels=3)),
]


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--gannet", required=True, help="the gannet-bench binary")
    parser.add_argument("--only", nargs="+", default=[""], metavar="TEXT", help="rows whose names hold one of these")
    for name, default in (("steps", 15), ("threads", 2), ("rounds", 5)):
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument("--no-compile", action="store_true", help="PyTorch without torch.compile")
    parser.add_argument("--no-shapes", action="store_true", help="without the table of single convolutions")
    parser.add_argument("--output", help="also write the tables to this Markdown file")
    parser.add_argument("--json", action="store_true")
    return parser.parse_args()


def run(command, threads, may_fail=False):
    """What a command prints; its errors go to ours."""
    limits = {name: str(threads) for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "RAYON_NUM_THREADS")}
    errors = subprocess.DEVNULL if may_fail else None
    command = list(map(str, command))
    done = subprocess.run(command, env=os.environ | limits, stdout=subprocess.PIPE, stderr=errors, text=True)
    if done.returncode and not may_fail:
        sys.exit(f"{' '.join(command)}: exit status {done.returncode}")
    return None if done.returncode else done.stdout


def require_equal(ours, theirs, who):
    """The largest difference of the outputs; stops where one is beyond the tolerance."""
    a, b = load_file(ours), load_file(theirs)
    for name in ("images", "logits"):
        if a[name].shape != b[name].shape:
            sys.exit(f"{who}: {name} {a[name].shape} and {b[name].shape}")
        difference = float(np.abs(a[name] - b[name]).max())
        if not difference <= TOLERANCE:  # also where it is not a number
            sys.exit(f"{who}: {name} differ by {difference:.2e}, more than {TOLERANCE}")


def contestants(args, options, kind, folder):
    """name -> command without --steps and --outputs"""
    shape = [f"--{name}={value}" for name, value in options.items()] + [f"--threads={args.threads}"]
    inputs = folder / "inputs.safetensors"
    run([args.gannet, *shape, "--write-inputs", inputs], args.threads)
    made = {"gannet": [args.gannet, *shape, "--inputs", inputs]}
    for layout in ("contiguous", "channels_last"):
        command = [PYTHON, PYTORCH, *shape, "--inputs", inputs, f"--layout={layout}"]
        made[f"PyTorch {layout}"] = command
        if not args.no_compile and kind != "start":
            made[f"PyTorch {layout} compiled"] = [*command, "--compile"]
    return made


def checked(args, commands, folder):
    """The contestants that work, once their outputs were found equal to Gannet's."""
    working = {}
    for index, (name, command) in enumerate(commands.items()):
        outputs = folder / f"{index}.safetensors"
        compiled = "--compile" in command
        # Compiling may need tools that are not there; it is tried, and left out where it fails.
        if run([*command, f"--steps={int(compiled)}", "--outputs", outputs], args.threads, compiled) is None:
            print(f"{name}: does not run here", file=sys.stderr)
            continue
        working[name] = command
        require_equal(folder / "0.safetensors", outputs, name)
    return working


def measure(args, command, kind, folder):
    """One run's figures."""
    if kind == "start":
        start = time.perf_counter()
        run([*command, "--steps=0", "--outputs", folder / "first.safetensors"], args.threads)
        return {"median_ms": (time.perf_counter() - start) * 1e3}
    # Short runs are repeated more often, for a median as good.
    steps = args.steps * (10 if kind == "infer" else 1)
    return json.loads(run([*command, f"--steps={steps}"], args.threads).strip().splitlines()[-1])


def compare(args, options, kind):
    """name -> its runs' figures"""
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        commands = checked(args, contestants(args, options, kind, folder), folder)
        runs = {name: [] for name in commands}
        for _ in range(args.rounds):
            for name, command in commands.items():
                runs[name].append(measure(args, command, kind, folder))
        return runs


def middle(runs, key="median_ms"):
    values = [run[key] for run in runs if run.get(key) is not None]
    return statistics.median(values) if values else None


def row(name, kind, runs):
    """The figures of one row."""
    fastest = min((who for who in runs if who != "gannet"), key=lambda who: middle(runs[who]))
    ours, theirs = middle(runs["gannet"]), middle(runs[fastest])
    interpreter = middle(runs[fastest], "interpreter_mb")
    peak = middle(runs[fastest], "peak_mb")
    return {
        "name": name,
        "kind": kind,
        "ratio": ours / theirs,
        "gannet_ms": ours,
        "pytorch_ms": theirs,
        "fastest": fastest,
        "gannet_range": [f([run["median_ms"] for run in runs["gannet"]]) for f in (min, max)],
        "pytorch_range": [f([run["median_ms"] for run in runs[fastest]]) for f in (min, max)],
        "gannet_mb": middle(runs["gannet"], "peak_mb"),
        "pytorch_mb": peak,
        "pytorch_net_mb": peak - interpreter if peak and interpreter else None,
    }


def markdown(row):
    milliseconds = lambda who: f"{row[who + '_ms']:.1f} ({row[who + '_range'][0]:.1f} to {row[who + '_range'][1]:.1f})"
    megabytes = lambda key: f"{row[key]:.0f}" if row[key] else ""
    cells = [row["name"], f"**{row['ratio']:.2f}**", milliseconds("gannet"), milliseconds("pytorch"),
             row["fastest"].removeprefix("PyTorch "), megabytes("gannet_mb"), megabytes("pytorch_mb"),
             megabytes("pytorch_net_mb")]
    return f"| {' | '.join(cells)} |"


HEAD = """| work | ratio | Gannet, ms | PyTorch, ms | its fastest | Gannet, MB | PyTorch, MB | less interpreter |
| --- | ---: | ---: | ---: | --- | ---: | ---: | ---: |"""


def machine(args):
    """One paragraph: processor, cores, versions, how it was measured."""
    cpu = platform.processor() or platform.machine()
    info = pathlib.Path("/proc/cpuinfo")
    if info.exists():
        fields = dict(line.split(":", 1) for line in info.read_text().splitlines() if ":" in line)
        fields = {key.strip(): value.strip() for key, value in fields.items()}
        vectors = [flag for flag in ("avx512f", "avx2") if flag in fields.get("flags", "").split()]
        cpu = " with ".join([fields.get("model name", cpu), *vectors[:1]])
    ask = "import platform, torch; print(f'PyTorch {torch.__version__}, Python {platform.python_version()}')"
    versions = subprocess.run([PYTHON, "-c", ask], stdout=subprocess.PIPE, text=True, check=True).stdout.strip()
    return (f"{cpu}, {os.cpu_count()} cores, {args.threads} threads used; {platform.system()}; {versions}. "
            f"Medians of {args.rounds} alternating rounds, in brackets their range; peak memory of the whole process.")


def tables(args):
    """Lines of Markdown, as they are found."""
    yield f"{machine(args)}\n\n{HEAD}"
    ratios = []
    for found in rows(args):
        ratios += [found["ratio"]] if found["kind"] == "train" else []
        yield markdown(found)
    if ratios:
        mean = math.exp(statistics.fmean(map(math.log, ratios)))
        yield f"\nGeometric mean of the training steps' ratios: **{mean:.2f}**."
    if not args.no_shapes:
        yield "\n" + run([args.gannet, "--work=shapes", f"--threads={args.threads}"], args.threads).strip()


def rows(args):
    for name, kind, options in ROWS:
        if any(text in name for text in args.only):
            yield row(name, kind, compare(args, options, kind))


def main():
    args = arguments()
    if args.json:
        for found in rows(args):
            print(json.dumps(found), flush=True)
        return
    lines = []
    for line in tables(args):
        print(line, flush=True)
        lines.append(line)
    if args.output:
        head = "# Gannet beside PyTorch: results\n\nMade by `compare.py`; see README.md.\n\n"
        pathlib.Path(args.output).write_text(head + "\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
