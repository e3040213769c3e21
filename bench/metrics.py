"""Gannet's metrics beside torch-fidelity's, on 10,000 images with 2048 features each.

    cargo build --release -p gannet-metrics --example time
    PYTHON=python python bench/metrics.py --gannet target/release/examples/time [--output FILE]

Writes features, logits and the random choices of both to a folder of its own; both sides must find the same values in
them. Then they run in turn, each in a process of its own, --rounds times; reading the files is not timed. A figure is the
median of the rounds; a ratio below 1 says that Gannet is faster.
PYTHON (default: this interpreter) needs torch and torch-fidelity.
"""

import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

import numpy as np

PYTHON = os.environ.get("PYTHON", sys.executable)
IMAGES, DIMS, CLASSES, SUBSETS, SUBSET, SPLITS, NEIGHBOURS = 10_000, 2048, 1008, 100, 1000, 10, 3
SEED = 2020

# Name, and by how much values may differ: torch-fidelity's are of f32, some relative, some absolute.
METRICS = {
    "fid": ("Fréchet distance", lambda a, b: abs(a - b) / b < 1e-4),
    "kid": ("KID, 100 subsets of 1000", lambda a, b: abs(a - b) / b < 5e-3),
    "is": ("inception score, 1008 classes, 10 splits", lambda a, b: abs(a - b) / b < 1e-6),
    "pr": ("precision and recall, k = 3", lambda a, b: abs(a - b) < 1e-3),
}


def uniform(seed, index):
    """SplitMix64's index-th number, in [0, 1)."""
    z = (np.uint64(seed << 40) + index + np.uint64(1)) * np.uint64(0x9E3779B97F4A7C15)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return ((z ^ (z >> np.uint64(31))) >> np.uint64(11)).astype(np.float64) / 2**53


def features(seed):
    """After a rectifier: from two sets of causes that many of them share, and noise of their own."""
    column = np.arange(DIMS, dtype=np.uint64)
    scale = 0.2 + uniform(3, column)
    made = np.empty((IMAGES, DIMS), np.float32)
    for image in range(IMAGES):
        first = uniform(10 * seed, np.uint64(image * 64) + column % np.uint64(64)) - 0.5
        second = uniform(10 * seed + 1, np.uint64(image * 61) + column % np.uint64(61)) - 0.5
        noise = uniform(10 * seed + 2, np.uint64(image * DIMS) + column) - 0.5
        made[image] = np.maximum(scale * (first + second + 0.5 * noise + 0.1 + 0.01 * seed), 0)
    return made


def write(folder):
    features(1).tofile(folder / "a.f32")
    features(2).tofile(folder / "b.f32")
    logits = 12 * uniform(9, np.arange(IMAGES * CLASSES, dtype=np.uint64))
    logits.astype(np.float32).tofile(folder / "logits.f32")
    # What torch-fidelity draws.
    np.random.RandomState(SEED).permutation(IMAGES).astype(np.uint32).tofile(folder / "order.u32")
    rng = np.random.RandomState(SEED)
    draws = [rng.choice(IMAGES, SUBSET, replace=False) for _ in range(2 * SUBSETS)]
    np.stack(draws).astype(np.uint32).tofile(folder / "subsets.u32")


def torch_fidelity(metric, folder):
    """One run of torch-fidelity's; prints its seconds and values."""
    import torch
    from torch_fidelity import metric_fid, metric_isc, metric_kid, metric_prc

    read = lambda name, width: torch.from_numpy(np.fromfile(folder / name, np.float32).reshape(-1, width))
    a, b, logits = read("a.f32", DIMS), read("b.f32", DIMS), read("logits.f32", CLASSES)
    kid = dict(kid_subsets=SUBSETS, kid_subset_size=SUBSET, kid_kernel="poly", kid_kernel_poly_degree=3)
    kid |= dict(kid_kernel_poly_gamma=None, kid_kernel_poly_coef0=1, rng_seed=SEED, verbose=False)
    prc = dict(prc_neighborhood=NEIGHBOURS, prc_batch_size=10_000, save_cpu_ram=False, verbose=False)
    statistics = metric_fid.fid_features_to_statistics
    run = {
        "fid": lambda: metric_fid.fid_statistics_to_metric(statistics(a), statistics(b), False),
        "kid": lambda: metric_kid.kid_features_to_metric(a, b, **kid),
        "is": lambda: metric_isc.isc_features_to_metric(logits, SPLITS, True, SEED),
        "pr": lambda: metric_prc.prc_features_to_metric(a, b, **prc),
    }[metric]
    start = time.perf_counter()
    values = run()
    seconds = time.perf_counter() - start
    print(json.dumps(dict(metric=metric, seconds=seconds, values=list(values.values())[:2])))


def one(command, threads):
    names = ("RAYON_NUM_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
    environment = os.environ | {name: str(threads) for name in names}
    done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, check=True)
    return json.loads(done.stdout.splitlines()[-1])


def compare(metric, gannet, folder, rounds, threads):
    """A row of the table."""
    title, agree = METRICS[metric]
    ours, theirs = [], []
    for _ in range(rounds):
        ours.append(one([gannet, metric, "--data", folder], threads))
        theirs.append(one([PYTHON, __file__, "--work", metric, "--data", folder], threads))
        pairs = list(zip(ours[-1]["values"], theirs[-1]["values"]))
        if not all(agree(found, expected) for found, expected in pairs):
            sys.exit(f"{title}: the values differ, ours and torch-fidelity's: {pairs}")
    ours, theirs = (statistics.median(run["seconds"] for run in runs) for runs in (ours, theirs))
    values = ", ".join(f"{found:.6g} / {expected:.6g}" for found, expected in pairs)
    return f"| {title} | {ours:.2f} | {theirs:.2f} | {ours / theirs:.2f} | {values} |"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--gannet", help="the example `time` of gannet-metrics")
    parser.add_argument("--only", nargs="+", default=list(METRICS), choices=METRICS)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=2, help="of both sides")
    parser.add_argument("--output", type=pathlib.Path, help="write the table there, too")
    parser.add_argument("--data", type=pathlib.Path, help="keep what is compared in this folder, or read it there")
    parser.add_argument("--work", choices=METRICS, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.work:
        return torch_fidelity(options.work, options.data)
    if not options.gannet:
        parser.error("--gannet is missing: build the example first, see above")
    with tempfile.TemporaryDirectory() as temporary:
        folder = options.data or pathlib.Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        if not (folder / "subsets.u32").exists():
            write(folder)
        head = "| metric | Gannet, s | torch-fidelity, s | ratio | values, ours / theirs |\n| --- | --- | --- | --- | --- |"
        rows = [compare(metric, options.gannet, folder, options.rounds, options.threads) for metric in options.only]
    table = "\n".join([head, *rows])
    print(table)
    if options.output:
        options.output.write_text(table + "\n")


if __name__ == "__main__":
    main()
