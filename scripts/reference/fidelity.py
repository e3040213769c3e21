"""Whole evaluations of two folders of images by torch-fidelity, clean-fid and pytorch-fid, with the seeded Inception.

    python scripts/reference/fidelity.py       # writes fidelity.json beside this file; some ten minutes

Folder 1 ("generated") is seeded.images(120, (40, 48)), folder 2 ("real") seeded.images(150, (40, 48), start=1000), as
PNG named in order. Keys:
    torch_fidelity   every number of calculate_metrics: batch 16, rng_seed 2020, isc_splits 10, kid_subsets 20 of 50,
                     prc_neighborhood 3, feature_extractor inception-v3-compat for all of them
    isc_order        [120] rows in the order the splits are cut from: split i is isc_order[i n // 10 .. (i+1) n // 10]
    kid_subsets      [20][2][50] rows of folder 1 and of folder 2 (one generator, drawn alternately)
    kid_each         [20] the estimate of every subset, in float64; the "kid" numbers above are float32
    features         mean_1, mean_2: [8] the first 8 features averaged over each folder; first: [8] of image 0 in 1
    float64          the same metrics from the same float32 features and logits, everything after in float64:
                     frechet by singular values (no square root of a matrix), kid, isc, precision and recall by direct
                     distances, prdc (package prdc, k = 3, real is folder 2)
    clean_fid        its FID with the seeded network on images its own resizers made: clean and legacy_tensorflow on
                     (x - 128) / 128, legacy_pytorch on 2 x / 255 - 1 as the package has it; legacy_pytorch_128 on
                     (x - 128) / 128. Each also by singular values ("exact").
    pytorch_fid      calculate_fid_given_paths
    synthetic        the same metrics with no network: features seeded.uniform("synthetic.1", 120 * 64) and
                     0.95 seeded.uniform("synthetic.2", 150 * 64) + 0.05, as float32 rows of 64; logits
                     6 seeded.uniform("synthetic.logits", 120 * 10) as float32 rows of 10
"""

import contextlib
import json
import os
import pathlib
import sys
import tempfile
import warnings
from unittest.mock import patch

os.environ |= {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
warnings.filterwarnings("ignore")

import numpy as np
import pytorch_fid.fid_score
import pytorch_fid.inception
import torch
import torch_fidelity
from cleanfid import fid as clean_fid
from PIL import Image
from prdc import compute_prdc
from torch_fidelity.metric_fid import fid_features_to_statistics, fid_statistics_to_metric
from torch_fidelity.metric_isc import isc_features_to_metric
from torch_fidelity.metric_kid import kid_features_to_metric
from torch_fidelity.metric_prc import prc_features_to_metric

import inception
import seeded
from resize_modes import nvidia_batch

BATCH, SEED, SPLITS, SUBSETS, SUBSET, NEIGHBOURS = 16, 2020, 10, 20, 50, 3
KID = dict(kid_subsets=SUBSETS, kid_subset_size=SUBSET, rng_seed=SEED, verbose=False)


def write(folder, pictures):
    folder.mkdir()
    for n, picture in enumerate(pictures):
        Image.fromarray(picture).save(folder / f"{n:04}.png")
    return str(folder)


def frechet(a, b):
    """tr sqrt(S1 S2) is the sum of the singular values of A B', A and B the centred rows over sqrt(n - 1)"""
    a, b = a.astype(np.float64), b.astype(np.float64)
    centred = [(x - x.mean(0)) / np.sqrt(len(x) - 1) for x in (a, b)]
    cross = np.linalg.svd(centred[0] @ centred[1].T, compute_uv=False).sum()
    return float(((a.mean(0) - b.mean(0)) ** 2).sum() + sum((x**2).sum() for x in centred) - 2 * cross)


def subsets(n, m):
    generator = np.random.RandomState(SEED)
    return [[generator.choice(size, SUBSET, replace=False).tolist() for size in (n, m)] for _ in range(SUBSETS)]


def kid(a, b):
    """each subset's estimate in float64"""
    kernel = lambda x, y: (x @ y.T / x.shape[1] + 1) ** 3
    each = []
    for first, second in subsets(len(a), len(b)):
        x, y = a[first].astype(np.float64), b[second].astype(np.float64)
        within = sum(k.sum() - np.trace(k) for k in (kernel(x, x), kernel(y, y))) / (SUBSET * (SUBSET - 1))
        each.append(float(within - 2 * kernel(x, y).mean()))
    return each


def precision_recall(a, b):
    """share of a within reach of b and of b within reach of a, in float64"""
    between = lambda x, y: np.sqrt(((x[:, None] - y[None]) ** 2).sum(-1))
    a, b = a.astype(np.float64), b.astype(np.float64)
    reach = lambda x: np.sort(between(x, x), 1)[:, NEIGHBOURS]
    across = between(a, b)
    precision = (across <= reach(b)).any(1).mean()
    recall = (across.T <= reach(a)).any(1).mean()
    return {"precision": float(precision), "recall": float(recall)}


def in_float64(a, b, logits):
    each = kid(a, b)
    with contextlib.redirect_stdout(sys.stderr):
        prdc = {name: float(value) for name, value in compute_prdc(b, a, NEIGHBOURS).items()}
    return {
        "frechet": frechet(a, b),
        "kid_mean": float(np.mean(each)),
        "kid_std": float(np.std(each)),
        "isc": isc_features_to_metric(torch.from_numpy(logits).double(), SPLITS, True, SEED),
        **precision_recall(a, b),
        "prdc": prdc,
    }, each


def synthetic():
    draw = lambda name, rows, columns: seeded.uniform(f"synthetic.{name}", rows * columns).reshape(rows, columns)
    a, b = draw("1", 120, 64).astype(np.float32), (0.95 * draw("2", 150, 64) + 0.05).astype(np.float32)
    logits = (6 * draw("logits", 120, 10)).astype(np.float32)
    one, two = torch.from_numpy(a), torch.from_numpy(b)
    numbers = fid_statistics_to_metric(fid_features_to_statistics(one), fid_features_to_statistics(two), False)
    numbers |= isc_features_to_metric(torch.from_numpy(logits), SPLITS, True, SEED)
    numbers |= kid_features_to_metric(one, two, **KID)
    numbers |= prc_features_to_metric(one, two, prc_neighborhood=NEIGHBOURS, verbose=False)
    float64, each = in_float64(a, b, logits)
    return {"torch_fidelity": numbers, "float64": float64, "kid_each": each}


def clean(folders, layers):
    """mode -> what clean-fid says and the same distance by singular values"""
    models = {
        "clean": ("clean", lambda x: (x - 128) / 128),
        "legacy_pytorch": ("legacy_pytorch", lambda x: 2 * (x / 255) - 1),
        "legacy_pytorch_128": ("legacy_pytorch", lambda x: (x - 128) / 128),
        "legacy_tensorflow": ("legacy_tensorflow", lambda x: (nvidia_batch(x) - 128) / 128),
    }
    result = {}
    for name, (mode, prepare) in models.items():
        model = lambda x, prepare=prepare: layers(prepare(x)).flatten(1)
        options = dict(mode=mode, num_workers=0, batch_size=BATCH, device=torch.device("cpu"), verbose=False)
        features = [clean_fid.get_folder_features(folder, model, **options) for folder in folders]
        result[name] = {"fid": float(clean_fid.fid_from_feats(*features)), "exact": frechet(*features)}
        print(name, result[name], flush=True)
    return result


def main():
    torch.set_num_threads(1)
    torch.set_grad_enabled(False)
    module = inception.network(["2048", "logits_unbiased"])
    result = {"synthetic": synthetic()}
    with tempfile.TemporaryDirectory() as root:
        root = pathlib.Path(root)
        pictures = [seeded.images(120, (40, 48)), seeded.images(150, (40, 48), start=1000)]
        folders = [write(root / str(n), of) for n, of in enumerate(pictures, 1)]
        torch.save(module.state_dict(), root / "inception.pth")
        result["torch_fidelity"] = torch_fidelity.calculate_metrics(
            input1=folders[0], input2=folders[1], cuda=False, batch_size=BATCH, isc=True, fid=True, prc=True,
            feature_extractor="inception-v3-compat", feature_extractor_weights_path=str(root / "inception.pth"),
            isc_splits=SPLITS, prc_neighborhood=NEIGHBOURS, cache=False, kid=True, **KID,
        )  # fmt: skip
        print(result["torch_fidelity"], flush=True)

        parts = [[module(x) for x in torch.from_numpy(of.transpose(0, 3, 1, 2).copy()).split(BATCH)] for of in pictures]
        a, b = (torch.cat([part[0] for part in of]).numpy() for of in parts)
        logits = torch.cat([part[1] for part in parts[0]]).numpy()
        result["isc_order"] = np.random.RandomState(SEED).permutation(len(a)).tolist()
        result["kid_subsets"] = subsets(len(a), len(b))
        result["features"] = {
            "mean_1": a.mean(0, dtype=np.float64)[:8].tolist(),
            "mean_2": b.mean(0, dtype=np.float64)[:8].tolist(),
            "first": a[0, :8].tolist(),
        }
        result["float64"], result["kid_each"] = in_float64(a, b, logits)
        print(result["float64"], flush=True)

        result["clean_fid"] = clean(folders, torch.nn.Sequential(*list(module.children())[:-1]))
        with patch.object(pytorch_fid.inception, "load_state_dict_from_url", lambda *_, **__: module.state_dict()):
            distance = pytorch_fid.fid_score.calculate_fid_given_paths
            result["pytorch_fid"] = float(distance(folders, BATCH, torch.device("cpu"), 2048, num_workers=0))
        print("pytorch_fid", result["pytorch_fid"])
    pathlib.Path(__file__).with_suffix(".json").write_text(json.dumps(result) + "\n")


if __name__ == "__main__":
    main()
