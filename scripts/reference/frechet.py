"""The Fréchet distance of two feature sets (Heusel et al. 2017, arXiv:1706.08500) in float64.

    python scripts/reference/frechet.py      # writes frechet.json beside this file

    d² = |m₁ - m₂|² + Tr(C₁ + C₂ - 2 (C₁ C₂)^½),  C = covariance with divisor n - 1

`distance` takes the trace of the root from the features themselves: with C = RᵀR (QR of the centred features),
Tr (C₁ C₂)^½ is the sum of the singular values of R₁ R₂ᵀ, exact also where a covariance is singular.
The file also holds what scipy.linalg.sqrtm(C₁ C₂) gives, the usual way, which is only good to about 1e-6 there.
"""

import json
import pathlib
import warnings

import numpy as np
import scipy.linalg


def distance(a, b):
    """a [n, d], b [m, d] -> d², exact to rounding."""
    root = lambda x: np.linalg.qr((x - x.mean(0)) / np.sqrt(len(x) - 1), mode="r")
    r, s = root(a), root(b)
    trace = np.linalg.svd(r @ s.T, compute_uv=False).sum()
    return float(((a.mean(0) - b.mean(0)) ** 2).sum() + (r**2).sum() + (s**2).sum() - 2 * trace)


def distance_by_sqrtm(a, b):
    """The same by the matrix square root, as FID scripts do."""
    c, e = np.cov(a, rowvar=False), np.cov(b, rowvar=False)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        root = scipy.linalg.sqrtm(c @ e)
    return float(((a.mean(0) - b.mean(0)) ** 2).sum() + np.trace(c + e) - 2 * np.trace(root).real)


def cases():
    rng = np.random.default_rng(0)
    # Correlated features with three decimals, so that the file is short and exact.
    draw = lambda n, d: (rng.normal(size=(n, d)) @ rng.normal(size=(d, d)) + rng.normal(size=d)).round(3)
    yield "general", draw(40, 6), draw(50, 6)
    yield "fewer_samples_than_dimensions", draw(5, 12), draw(7, 12)
    a = draw(20, 5)
    yield "identical", a, a
    yield "shifted_by_half", a, a + 0.5  # closed form: d / 4 = 1.25
    dead = draw(30, 5) * [1, 1, 0, 1, 0]  # units that never fire
    yield "dead_units", dead, draw(30, 5) * [1, 1, 0, 1, 0]


def main():
    made = {
        name: {"a": a.tolist(), "b": b.tolist(), "distance": distance(a, b), "sqrtm": distance_by_sqrtm(a, b)}
        for name, a, b in cases()
    }
    pathlib.Path(__file__).with_suffix(".json").write_text(json.dumps(made) + "\n")
    for name, values in made.items():
        print(f"{name:30} {values['distance']:.12f}  by sqrtm {values['sqrtm']:.12f}")


if __name__ == "__main__":
    main()
