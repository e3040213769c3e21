"""Gannet beside PyTorch, on this machine: training steps, generated images, and the start of the process.

    PYTHON=python python bench/compare.py --gannet target/release/gannet-bench --output bench/RESULTS.md

For each row Gannet writes parameters and a batch; both sides load them, and before any timing their outputs must agree
within 1e-4. Then the contestants run in turn, A B A B, each in a process of its own, --rounds times. A contestant's
figure is the median over rounds of its median run; the ratio is Gannet's to the fastest PyTorch's, and below 1 Gannet
is faster. PyTorch runs in both memory layouts and, unless --no-compile, through torch.compile where that works.
With --json each row prints one line {"name", "kind", "ratio", "gannet_ms", "pytorch_ms", "gannet_mb", "pytorch_mb"}
and nothing else; kind is "train" or "infer".
Needs safetensors and numpy here; PYTHON (default: this interpreter) needs torch and safetensors.
"""

import argparse
import functools
import json
import math
import os
import pathlib
import platform
import shlex
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
# Slopes of slopes are held against PyTorch in doubles alone, from which its floats are up to 4e-3 away: where a leaky ReLU's argument
# is next to 0, rounding decides on its slope.
BY_DOUBLES = "slopes."
# Runs of less than a few milliseconds are repeated so much more often, for a median as good.
SHORT = 10


def step(size, width, batch, channels):
    options = dict(work="dcgan-step", size=size, width=width, batch=batch, channels=channels)
    return f"DCGAN-{size} step, width {width}, batch {batch}", "train", options


def penalised(size, width, batch, channels):
    name, kind, options = step(size, width, batch, channels)
    return f"{name}, R1 and R2", kind, options | dict(gamma=1.0)


def images(size, width, batch, channels):
    options = dict(work="dcgan-generate", size=size, width=width, batch=batch, channels=channels)
    return f"DCGAN-{size} images, width {width}, batch {batch}", "infer", options


def modern(network, size, width, batch, **gamma):
    options = dict(work=f"{network}-step", size=size, width=width, batch=batch, channels=3)
    name = f"{network.upper()}-{size} step, width {width}, batch {batch}"
    return name + (", R1 and R2" if gamma else ""), "train", options | gamma


def translator(name, work, size=256, width=64):
    return f"{name}, an image of {size} pixels", "infer", dict(work=work, size=size, width=width, batch=1, channels=3)


# name, kind, options of both programs
ROWS = [
    step(28, 32, 64, 1),
    step(32, 32, 64, 1),
    step(32, 64, 64, 3),
    step(64, 32, 32, 3),
    step(64, 32, 64, 1),
    step(64, 64, 64, 3),
    penalised(32, 32, 64, 1),
    penalised(64, 32, 32, 3),
    modern("sngan", 32, 16, 64),
    modern("sngan", 64, 16, 16),
    modern("r3gan", 32, 16, 64),
    modern("r3gan", 64, 16, 16),
    modern("r3gan", 32, 16, 64, gamma=1.0),
    ("MLP GAN step, batch 64", "train", dict(work="mlp-step", size=28, batch=64, channels=1)),
    images(32, 32, 1, 1),
    images(32, 32, 64, 1),
    images(64, 64, 1, 3),
    images(64, 64, 64, 3),
    translator("U-Net of 8 levels", "unet-translate"),
    translator("CycleGAN's generator of 9 blocks", "resnet-translate"),
    translator("ESRGAN's network, 4 times", "rrdb-upscale", 128),
    translator("fast_neural_style's painter", "johnson-paint", 512, 32),
    ("start to first image, DCGAN-64", "start", dict(work="dcgan-generate", size=64, width=64, batch=1, channels=3)),
]

JSON_FIELDS = ("name", "kind", "ratio", "gannet_ms", "pytorch_ms", "gannet_mb", "pytorch_mb")


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--gannet", required=True, help="the gannet-bench binary")
    parser.add_argument("--only", nargs="+", default=[""], metavar="TEXT", help="rows whose names hold one of these")
    for name, default in (("steps", 15), ("threads", 2), ("rounds", 5)):
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument("--no-compile", action="store_true", help="PyTorch without torch.compile")
    parser.add_argument("--shapes", action=argparse.BooleanOptionalAction, default=True,
                        help="with or without the table of single convolutions")
    parser.add_argument("--output", help="also write the tables to this Markdown file")
    parser.add_argument("--json", action="store_true", help="a line a row instead of the tables")
    args = parser.parse_args()
    if not pathlib.Path(args.gannet).is_file():
        parser.error(f"no {args.gannet}; cargo build --release -p gannet-bench makes it")
    if not chosen(args):
        parser.error(f"--only: no row's name holds {' or '.join(args.only)}")
    if min(args.steps, args.threads, args.rounds) < 1:
        parser.error("--steps, --threads and --rounds are at least 1")
    return args


def chosen(args):
    return [row for row in ROWS if any(text in row[0] for text in args.only)]


class Failed(Exception):
    """A command that ended with an error; its text is the command's last word on it."""


def run(command, threads, quiet=False):
    """What a command prints. Its errors go to ours or, where `quiet`, into the exception."""
    limits = {name: str(threads) for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "RAYON_NUM_THREADS")}
    errors = subprocess.PIPE if quiet else None
    command = list(map(str, command))
    done = subprocess.run(command, env=os.environ | limits, stdout=subprocess.PIPE, stderr=errors, text=True)
    if done.returncode:
        said = [line for line in (done.stderr or "").splitlines() if line.strip()]
        errors = [line for line in said if "Error" in line]
        status = f"{shlex.join(command)}: exit status {done.returncode}"
        raise Failed((errors or said or [status])[-1].strip())
    return done.stdout


def require_equal(ours, theirs, who, but=()):
    """Stops where an output differs by more than the tolerance; those whose names start with `but` may."""
    a, b = load_file(ours), load_file(theirs)
    for name in (name for name in a if not name.startswith(but)):
        if name not in b or a[name].shape != b[name].shape:
            sys.exit(f"{who}: {name} {a[name].shape} and {b[name].shape if name in b else 'none'}")
        difference = float(np.abs(a[name] - b[name]).max())
        if not difference <= TOLERANCE:  # also where it is not a number
            sys.exit(f"{who}: {name} differ by {difference:.2e}, more than {TOLERANCE}")


@functools.cache
def say_once(line):
    print(line, file=sys.stderr)


def contestants(args, options, kind, folder):
    """name -> command without --steps and --outputs"""
    shape = [f"--{name}={value}" for name, value in options.items()] + [f"--threads={args.threads}"]
    inputs = folder / "inputs.safetensors"
    run([args.gannet, *shape, "--write-inputs", inputs], args.threads)
    made = {"gannet": [args.gannet, *shape, "--inputs", inputs]}
    for layout in ("contiguous", "channels_last"):
        command = [PYTHON, PYTORCH, *shape, "--inputs", inputs, f"--layout={layout}"]
        made[f"PyTorch {layout}"] = command
        # Compiling takes many times as long as the start that it would have to speed up, and what is compiled cannot be
        # differentiated twice.
        if not args.no_compile and kind != "start" and "gamma" not in options:
            made[f"PyTorch {layout} compiled"] = [*command, "--compile"]
    return made


def checked(args, commands, options, folder):
    """The contestants that work, once their outputs were found equal to Gannet's."""
    working = {}
    for index, (name, command) in enumerate(commands.items()):
        outputs = folder / f"{index}.safetensors"
        compiled = "--compile" in command
        if compiled and args.no_compile:
            continue
        try:
            # A compiled step is another graph than the outputs', and must work too.
            run([*command, f"--steps={int(compiled)}", "--outputs", outputs], args.threads, quiet=compiled)
        except Failed as failed:
            if not compiled:
                raise
            # Compiling may need tools that are not there; then it is left out from here on.
            say_once(f"without torch.compile, which does not work here: {failed}")
            args.no_compile = True
            continue
        require_equal(folder / "0.safetensors", outputs, name, but=BY_DOUBLES)
        working[name] = command
    if "gamma" in options:
        doubles = folder / "doubles.safetensors"
        run([*commands["PyTorch contiguous"], "--double", "--steps=0", "--outputs", doubles], args.threads)
        require_equal(folder / "0.safetensors", doubles, "PyTorch in doubles")
    return {name: command for name, command in working.items() if not (args.no_compile and "--compile" in command)}


def measure(args, command, options, kind, folder):
    """One run's figures."""
    if kind == "start":
        start = time.perf_counter()
        printed = run([*command, "--steps=0", "--outputs", folder / "first.safetensors"], args.threads)
        elapsed = {"median_ms": (time.perf_counter() - start) * 1e3}
    else:
        short = options["work"] == "dcgan-generate" and options["batch"] == 1 or options["work"] == "mlp-step"
        printed = run([*command, f"--steps={args.steps * (SHORT if short else 1)}"], args.threads)
        elapsed = {}
    return json.loads(printed.strip().splitlines()[-1]) | elapsed


def compare(args, options, kind):
    """name -> its runs' figures"""
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        commands = checked(args, contestants(args, options, kind, folder), options, folder)
        runs = {name: [] for name in commands}
        for _ in range(args.rounds):
            for name, command in commands.items():
                runs[name].append(measure(args, command, options, kind, folder))
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
        "kind": "train" if kind == "train" else "infer",
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


def number(value):
    """Three digits, or all of those before the point."""
    return f"{value:.{max(0, 2 - max(0, math.floor(math.log10(value))))}f}"


def markdown(row):
    between = lambda who: " to ".join(map(number, row[who + "_range"]))
    milliseconds = lambda who: f"{number(row[who + '_ms'])} ({between(who)})"
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
    versions = run([PYTHON, "-c", ask], args.threads).strip()
    return (f"{cpu}, {os.cpu_count()} cores, {args.threads} threads used; {platform.system()}; {versions}. "
            f"Medians of {args.rounds} alternating rounds, in brackets their range; peak memory of the whole process.")


def command():
    """How this was called, but for the folders that files are in."""
    names = [pathlib.Path(word).name if os.sep in word else word for word in sys.argv]
    return f"    python {shlex.join(names)}"


def tables(args):
    """Lines of Markdown, as they are found."""
    yield f"{machine(args)}\n\n{command()}\n\n{HEAD}"
    ratios = []
    for found in rows(args):
        ratios += [found["ratio"]] if found["kind"] == "train" else []
        yield markdown(found)
    if ratios:
        mean = math.exp(statistics.fmean(map(math.log, ratios)))
        yield f"\nGeometric mean of the training steps' ratios: **{mean:.2f}**."
    if args.shapes:
        theirs = json.loads(run([PYTHON, PYTORCH, "--work=product", f"--threads={args.threads}"], args.threads))
        yield "\n" + run([args.gannet, "--work=shapes", f"--threads={args.threads}"], args.threads).strip()
        yield f"\nPyTorch's matrix product of the same size: {theirs['gflops']:.0f} GFLOP/s."


def rows(args):
    for name, kind, options in chosen(args):
        yield row(name, kind, compare(args, options, kind))


def report(args):
    if args.json:
        for found in rows(args):
            print(json.dumps({field: found[field] for field in JSON_FIELDS}), flush=True)
        return
    lines = []
    for line in tables(args):
        print(line, flush=True)
        lines.append(line)
    if args.output:
        head = "# Gannet beside PyTorch: results\n\nMade by `compare.py`; see README.md.\n\n"
        pathlib.Path(args.output).write_text(head + "\n".join(lines) + "\n")


def main():
    try:
        report(arguments())
    except Failed as failed:
        sys.exit(str(failed))


if __name__ == "__main__":
    main()
