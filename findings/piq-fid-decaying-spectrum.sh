#!/usr/bin/env bash
# The Fréchet distance of piq is too large where the features' variances differ, as those of every trained network do.
#
# Versions: piq 0.8.0, torch 2.11.0, torchvision 0.26.0, numpy 2.4.6.
# Behavior: the square root of the product of the covariances is taken by iterations that stop when the error of the whole matrix is
# small. The largest variances decide that long before the small ones have converged, and the trace of the root is too small. No warning
# is given. Features with equal variances get the exact distance.
# Output seen (64 features of 500 samples, standard deviations 1/k^decay; exact by eigenvalues in float64):
#   decay 0.0: exact 8.6713, piq 8.6713
#   decay 1.0: exact 0.0955, piq 0.1413
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
cd "$place"
python3 -m venv venv
venv/bin/pip install --quiet piq==0.8.0 torch==2.11.0 torchvision==0.26.0 numpy==2.4.6
venv/bin/python - <<'PYTHON'
import numpy as np
import piq
import torch


def exact(a, b):
    first, second = np.cov(a, rowvar=False), np.cov(b, rowvar=False)
    values, vectors = np.linalg.eigh(first)
    root = (vectors * np.sqrt(values.clip(0))) @ vectors.T
    cross = np.sqrt(np.linalg.eigvalsh(root @ second @ root).clip(0)).sum()
    difference = a.mean(0) - b.mean(0)
    return difference @ difference + np.trace(first) + np.trace(second) - 2 * cross


found = {}
for decay in (0.0, 1.0):
    random = np.random.default_rng(0)
    deviations = np.arange(1, 65) ** -decay
    a = random.normal(size=(500, 64)) * deviations
    b = random.normal(size=(500, 64)) * deviations * 1.2 + 0.1 * deviations
    right, piqs = exact(a, b), piq.FID()(torch.from_numpy(a), torch.from_numpy(b)).item()
    print(f"decay {decay}: exact {right:.4f}, piq {piqs:.4f}")
    found[decay] = piqs / right
assert abs(found[0.0] - 1) < 1e-4, "equal variances are exact no longer"
assert found[1.0] > 1.3, "the distance of unequal variances has changed"
PYTHON
