"""Metrics by the programs that the field publishes with, on small sets that JSON holds exactly.

    pip install torch-fidelity==0.4.0 prdc==0.2 scikit-image numpy scipy torch
    python scripts/reference/metrics.py      # writes metrics.json beside this file

Features and logits are whole numbers to be divided by `unit`, a power of two, so that f32 holds them exactly; the
reference programs get them as float64. Images are made by a formula, see `picture`.

- `sets`: by frechet.py `distance`, exact; by torch-fidelity `fid`, `kid` (with the `subsets` that its generator drew), `precision`, `recall`; by prdc,
  `prdc`: precision, recall, density, coverage for each k. `ties` has copies and equal distances, which torch-fidelity
  counts otherwise.
- `scores`: inception score of logits by torch-fidelity, with the `order` that its generator drew.
- `pictures`: PSNR and SSIM by scikit-image (the border where the window does not fit left out), MS-SSIM by `ms_ssim` below,
  written from the definition.
- `spectra`: mean power in dB by radius, by `spectrum` below with numpy's FFT.
- `paths`: perceptual path length by the two lines of StyleGAN's and torch-fidelity's programs.
"""

import contextlib
import json
import pathlib

import numpy as np
import scipy.signal
import torch
from frechet import distance
from prdc import compute_prdc
from skimage.metrics import peak_signal_noise_ratio, structural_similarity
from torch_fidelity.metric_fid import fid_features_to_statistics, fid_statistics_to_metric
from torch_fidelity.metric_isc import isc_features_to_metric
from torch_fidelity.metric_kid import kid_features_to_metric
from torch_fidelity.metric_prc import prc_features_to_metric

UNIT = 256
SEED = 2020
KID = dict(kid_kernel="poly", kid_kernel_poly_degree=3, kid_kernel_poly_gamma=None, kid_kernel_poly_coef0=1)
SUBSETS, SUBSET = 7, 20
WINDOW = np.outer(*[np.exp(-((np.arange(11) - 5.0) ** 2) / 4.5)] * 2)
WINDOW /= WINDOW.sum()
C1, C2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
SCALES = [0.0448, 0.2856, 0.3001, 0.2363, 0.1333]


def sets():
    """name, a (generated) and b (real), whole numbers [n, dims]."""
    rng = np.random.default_rng(0)
    draw = lambda n, d, mix, shift: np.maximum(rng.normal(size=(n, len(mix))) @ mix + shift, 0)
    whole = lambda x: np.round(x * UNIT).astype(int)
    mix, other = rng.normal(size=(6, 16)), rng.normal(size=(6, 16))
    yield "alike", whole(draw(60, 16, mix, 0.5)), whole(draw(70, 16, mix, 0.5))
    yield "apart", whole(draw(50, 16, mix, 0.5)), whole(draw(64, 16, other, 0.7))
    yield "far_from_zero", whole(draw(40, 16, mix, 30.0)), whole(draw(45, 16, mix, 30.2))
    wide = rng.normal(size=(48, 48))
    yield "wide", whole(draw(24, 48, wide, 0.2)), whole(draw(30, 48, wide, 0.2))
    # Points of a grid, often the same one, a third of them in both sets.
    grid = rng.integers(0, 4, size=(90, 3)) * UNIT
    yield "ties", np.concatenate([grid[:30], grid[30:60]]), np.concatenate([grid[:30], grid[60:]])


def subsets(n, m):
    """What kid_features_to_metric draws."""
    rng = np.random.RandomState(SEED)
    draw = lambda count: rng.choice(count, SUBSET, replace=False).tolist()
    return [[draw(n), draw(m)] for _ in range(SUBSETS)]


def judged(a, b):
    made = {"a": a.tolist(), "b": b.tolist(), "subsets": subsets(len(a), len(b))}
    made["distance"] = distance(a / UNIT, b / UNIT)
    a, b = torch.from_numpy(a / UNIT), torch.from_numpy(b / UNIT)
    fid = fid_statistics_to_metric(fid_features_to_statistics(a), fid_features_to_statistics(b), False)
    made["fid"] = fid["frechet_inception_distance"]
    kid = kid_features_to_metric(a, b, kid_subsets=SUBSETS, kid_subset_size=SUBSET, rng_seed=SEED, verbose=False, **KID)
    made["kid"] = [kid["kernel_inception_distance_mean"], kid["kernel_inception_distance_std"]]
    prc = prc_features_to_metric(a, b, prc_neighborhood=3, prc_batch_size=1000, save_cpu_ram=False, verbose=False)
    # It means over f32, so that a count is what is exact.
    made["precision"], made["recall"] = round(prc["precision"] * len(a)), round(prc["recall"] * len(b))
    made["prdc"] = {}
    for k in (1, 3, 5):
        with contextlib.redirect_stdout(None):
            found = compute_prdc(real_features=b.numpy(), fake_features=a.numpy(), nearest_k=k)
        made["prdc"][k] = [float(found[name]) for name in ("precision", "recall", "density", "coverage")]
    return made


def scores():
    rng = np.random.default_rng(1)
    for n, classes, spread, splits in ((53, 11, 3.0, 10), (40, 7, 0.2, 3), (12, 5, 40.0, 1)):
        logits = np.round(rng.normal(size=(n, classes)) * spread * UNIT).astype(int)
        found = isc_features_to_metric(torch.from_numpy(logits / UNIT), splits, True, SEED)
        order = np.random.RandomState(SEED).permutation(n).tolist()
        yield dict(
            logits=logits.tolist(),
            splits=splits,
            order=order,
            mean=found["inception_score_mean"],
            std=found["inception_score_std"],
        )


def picture(height, width, noise):
    """Bands with a grain of ± noise, whole numbers in [0, 255]; tests make the same."""
    y, x = np.mgrid[:height, :width]
    bands = (x * x // 9 + 3 * y + x * y // 17) % 256
    grain = (x * 37 + y * 101 + x * y * 7) % (2 * noise + 1) - noise
    return np.clip(bands + grain, 0, 255).astype(float)


def structure(a, b):
    """Mean second factor of SSIM, and mean SSIM, where the window fits."""
    blur = lambda x: scipy.signal.correlate2d(x, WINDOW, mode="valid")
    mean_a, mean_b = blur(a), blur(b)
    var_a, var_b, cov = blur(a * a) - mean_a**2, blur(b * b) - mean_b**2, blur(a * b) - mean_a * mean_b
    second = (2 * cov + C2) / (var_a + var_b + C2)
    return second.mean(), (second * (2 * mean_a * mean_b + C1) / (mean_a**2 + mean_b**2 + C1)).mean()


def halved(x):
    """A filter of 2 x 2 with mirrored borders, then each second pixel, as the authors' msssim.m does."""
    padded = np.pad(x, ((0, 1), (0, 1)), mode="symmetric")
    return scipy.signal.correlate2d(padded, np.full((2, 2), 0.25), mode="valid")[::2, ::2]


def ms_ssim(a, b):
    product = 1.0
    for scale, power in enumerate(SCALES):
        second, whole = structure(a, b)
        product *= max(whole if scale == len(SCALES) - 1 else second, 0) ** power
        a, b = halved(a), halved(b)
    return product


def pictures():
    for height, width, noise, other in ((24, 31, 1, 20), (11, 40, 5, 60), (181, 203, 2, 25), (176, 190, 1, 120)):
        a, b = picture(height, width, noise), picture(height, width, other)
        options = dict(gaussian_weights=True, sigma=1.5, use_sample_covariance=False, data_range=255, full=True)
        _, places = structural_similarity(a, b, **options)
        yield dict(
            size=[height, width],
            noise=[noise, other],
            psnr=float(peak_signal_noise_ratio(a, b, data_range=255)),
            ssim=float(places[5:-5, 5:-5].mean()),
            ms_ssim=float(ms_ssim(a, b)) if min(height, width) >= 176 else None,
        )


def spectrum(images):
    height, width = images.shape[1:]
    shorter = min(height, width)
    v, u = np.meshgrid(np.fft.fftfreq(width), np.fft.fftfreq(height))
    ring = np.round(np.hypot(u, v) * shorter).astype(int)
    power = np.abs(np.fft.fft2(images)) ** 2 / (height * width)
    mean = np.stack([power[:, ring == r].mean(1) for r in range(shorter // 2 + 1)], 1)
    return (10 * np.log10(mean + 1e-10)).mean(0)


def spectra():
    for height, width in ((16, 16), (15, 21), (20, 12)):
        sides = [np.stack([picture(height, width, noise) / 256 for noise in noises]) for noises in ((1, 9, 40), (80, 3))]
        a, b = map(spectrum, sides)
        yield dict(size=[height, width], a=a.tolist(), b=b.tolist(), distance=float(np.abs(a - b)[1:].mean()))


def paths():
    rng = np.random.default_rng(2)
    for n in (1, 2, 50, 101, 201, 350):
        distances = np.round(rng.gamma(2.0, 100.0, size=n) * 8) / 8
        low = np.percentile(distances, 1, method="lower")
        high = np.percentile(distances, 99, method="higher")
        kept = distances[(low <= distances) & (distances <= high)]
        yield dict(distances=distances.tolist(), kept=len(kept), mean=float(kept.mean()), std=float(kept.std()))


def main():
    torch.set_num_threads(1)
    made = dict(unit=UNIT, sets={name: judged(a, b) for name, a, b in sets()})
    for part in (scores, pictures, spectra, paths):
        made[part.__name__] = list(part())
    text = json.dumps(made, separators=(",", ":")) + "\n"
    pathlib.Path(__file__).with_suffix(".json").write_text(text)
    for name, found in made["sets"].items():
        print(f"{name:14} FID {found['distance']:.9f}  KID {found['kid'][0]:.9f} ± {found['kid'][1]:.9f}  {found['prdc'][3]}")
        print(f"{'':14} precision {found['precision']}/{len(found['a'])}, recall {found['recall']}/{len(found['b'])}")


if __name__ == "__main__":
    main()
