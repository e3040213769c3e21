"""What other packages say on the same pictures, files and features: the references of `gannet eval --like`.

    pip install torch-fidelity==0.4.0 clean-fid==0.1.35 torchmetrics==1.9.0 piq==0.8.0 pyiqa==0.1.16 \
        pytorch_msssim==1.0.0 scikit-image==0.26.0 prdc==0.2 lpips==0.1.4
    python scripts/reference/packages.py      # writes packages.json beside this file; some five minutes

Each package is called with its own defaults, except that the range of values is said (255 for bytes, 1 for values from 0 to 1),
that arrays are float64 (float32 for pyiqa, as it reads files), and that no weights are downloaded: Inception has the weights of seeded.py.

- `pairs`: `image` is seeded.images(1, size, channels, start=3)[0]; `partner` adds floor(41 u) - 20 to it and clips to 0 .. 255,
  where u = seeded.uniform("pair NAME", height * width * channels), row by row. `deep` are 16 bits: image * 257 + floor(999 u),
  clipped, against image * 257. Each package has its metrics; `null` says that it refuses the pair.
- `pooled`: torchmetrics' PeakSignalNoiseRatio of the pair `even` and of the image of `gray` against 255 - image.
- `files`: image files (`file`, hexadecimal), and the bytes that Pillow's convert("RGB") makes of them (`rgb`, with `size`).
- `odd_pairs`: pairs of files (`image`, `partner`) with transparency, EXIF or 16 bits, by pyiqa, which reads files.
- `folders`: image files of a `fake` and a `real` folder, `plain` (RGB) or `odd` (transparency, EXIF, 16 bits), named 00.png, 01.png, ...;
  `measured`: what each package says of them. `exact` is the Fréchet distance of its features by singular values.
- `features`: fake = uniform("packages.fake", 1050 * 16), real = 0.9 uniform("packages.real", 1100 * 16) + 0.07, float32 rows of 16;
  kernel distances, and precision and recall of the first 200 rows and 3 columns rounded to
  eighths, where distances are often equal, by each package.
- `scores`: inception scores of logits 6 uniform("packages.logits", 53 * 7), float32 rows of 7.

    python scripts/reference/packages.py --photos FOLDER OUT

writes the first 20 pictures of FOLDER as PNG to OUT/b, and as JPEG of quality 10, decoded again, to OUT/a, and prints the mean of each
package over these pairs (docs/metrics.md).

A package that draws from a global generator is measured after that generator was seeded with `seed`.
"""

import contextlib
import io
import json
import os
import pathlib
import sys
import tempfile
import warnings
from unittest.mock import patch

os.environ |= {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
warnings.filterwarnings("ignore")

import cv2
import numpy as np
import piq
import piq.feature_extractors.fid_inception
import pyiqa
import pyiqa.archs.inception
import pytorch_msssim
import torch
import torch_fidelity
import torchmetrics
from cleanfid import fid as clean_fid
from PIL import Image
from prdc import compute_prdc
from skimage.metrics import peak_signal_noise_ratio, structural_similarity
from torch_fidelity.metric_isc import isc_features_to_metric
from torch_fidelity.metric_kid import kid_features_to_metric
from torch_fidelity.metric_prc import prc_features_to_metric
from torchmetrics.functional.image import multiscale_structural_similarity_index_measure as torchmetrics_ms_ssim
from torchmetrics.functional.image import peak_signal_noise_ratio as torchmetrics_psnr
from torchmetrics.functional.image import structural_similarity_index_measure as torchmetrics_ssim
from torchmetrics.image.fid import FrechetInceptionDistance
from torchmetrics.image.inception import InceptionScore
from torchmetrics.image.kid import KernelInceptionDistance

import inception
import seeded
from fidelity import frechet

SEED = 7
# name: size, channels
PAIRS = {
    "gray": ((64, 80), 1),
    "even": ((176, 192), 3),
    "odd": ((181, 203), 3),
    "161": ((161, 175), 3),
    "160": ((160, 200), 3),
    "downsampled": ((400, 389), 3),
    "tie": ((640, 656), 1),
    "low": ((9, 40), 3),
    "tiny": ((5, 6), 3),
    "deep": ((48, 50), 1),
}


def arrays(name, size, channels):
    """[h, w, channels], and the largest value"""
    image = seeded.images(1, size, channels, start=3)[0].astype(int)
    u = seeded.uniform(f"pair {name}", image.size).reshape(image.shape)
    if name == "deep":
        deep = image * 257
        return deep.astype(np.uint16), np.clip(deep + np.floor(999 * u), 0, 65535).astype(np.uint16), 65535
    return image.astype(np.uint8), np.clip(image + np.floor(41 * u) - 20, 0, 255).astype(np.uint8), 255


def attempt(call):
    """the number, or null where the package refuses or has none"""
    try:
        value = float(call())
    except (ValueError, AssertionError, RuntimeError) as error:
        print("   refused:", str(error)[:110])
        return None
    return None if np.isnan(value) else value


def pair(name, size, channels):
    a, b, most = arrays(name, size, channels)
    return dict(size=list(size), channels=channels, bits=16 if most > 255 else 8) | compared(a, b, most)


def compared(a, b, most):
    """the numbers of each package for two arrays [h, w, channels] of values up to `most`"""
    made, channels = {}, a.shape[-1]
    x, y = (torch.from_numpy(v.astype(np.float64).transpose(2, 0, 1).copy())[None] for v in (a, b))
    flat = [v[..., 0] if channels == 1 else v for v in (a, b)]
    axis = None if channels == 1 else -1
    msssim = lambda f: lambda: f(x, y, data_range=most)
    made["pytorch-msssim"] = {"ssim": attempt(msssim(pytorch_msssim.ssim)), "ms-ssim": attempt(msssim(pytorch_msssim.ms_ssim))}
    made["scikit-image"] = {
        "psnr": attempt(lambda: peak_signal_noise_ratio(*flat)),
        "ssim": attempt(lambda: structural_similarity(*flat, channel_axis=axis)),
    }
    made["torchmetrics"] = {
        "psnr": attempt(lambda: torchmetrics_psnr(x, y, data_range=float(most))),
        "ssim": attempt(lambda: torchmetrics_ssim(x, y, data_range=float(most))),
        "ssim without data_range": attempt(lambda: torchmetrics_ssim(x, y)),
        "ms-ssim": attempt(lambda: torchmetrics_ms_ssim(x, y, data_range=float(most))),
    }
    unit = [v / most for v in (x, y)]
    made["piq"] = {
        "psnr": attempt(lambda: piq.psnr(*unit)),
        "ssim": attempt(lambda: piq.ssim(*unit)),
        "ms-ssim": attempt(lambda: piq.multi_scale_ssim(*unit)),
    }
    if most == 255:
        made["pyiqa"] = pyiqa_metrics([v.float().repeat(1, 3 // channels, 1, 1) for v in unit])
    return made


def pooled():
    metric = torchmetrics.image.PeakSignalNoiseRatio(data_range=255.0)
    even, gray = arrays("even", *PAIRS["even"])[:2], arrays("gray", *PAIRS["gray"])[0]
    for pair in (even, (gray, 255 - gray)):
        metric.update(*(torch.from_numpy(v.astype(np.float64)) for v in pair))
    return float(metric.compute())


def pyiqa_metrics(images):
    return {name: attempt(lambda: PYIQA[name](*images)) for name in PYIQA}


def pyiqa_metric(name):
    return pyiqa.create_metric(name, device="cpu")


PYIQA = {word: pyiqa_metric(name) for word, name in (("psnr", "psnr"), ("psnr of Y", "psnry"), ("ssim", "ssim"), ("ms-ssim", "ms_ssim"))}


def encoded(image, **options):
    out = io.BytesIO()
    image.save(out, "PNG", **options)
    return out.getvalue()


def turned(number, orientation, size):
    """an RGB picture with an EXIF orientation"""
    exif = Image.Exif()
    exif[0x0112] = orientation
    return encoded(Image.fromarray(seeded.images(1, size, start=number)[0]), exif=exif)


def transparent(number, size, mode):
    channels = len(mode)
    return encoded(Image.fromarray(seeded.images(1, size, channels, start=number)[0], mode))


def deep(number, size, channels):
    """16 bits, from 0 to 65535, or mostly below 256 for gray"""
    values = seeded.images(1, size, channels, start=number)[0].astype(np.uint16)
    values = values * 257 if channels > 1 else values * values // 99
    return cv2.imencode(".png", values[..., ::-1] if channels == 3 else values)[1].tobytes()


def plain(number, size):
    return encoded(Image.fromarray(seeded.images(1, size, start=number)[0]))


def palette(number, size):
    picture = Image.fromarray(seeded.images(1, size, start=number)[0]).quantize(7)
    return encoded(picture, transparency=2)


def odd_files():
    """name -> bytes"""
    return {
        "rgba": transparent(5, (7, 6), "RGBA"),
        "gray and alpha": transparent(6, (5, 8), "LA"),
        "palette and transparency": palette(7, (6, 7)),
        **{f"orientation {turn}": turned(turn, turn, (5, 7)) for turn in range(1, 9)},
        "gray of 16 bits": deep(8, (6, 9), 1),
        "rgb of 16 bits": deep(9, (6, 5), 3),
    }


def read(data):
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGB"))


def odd_pairs():
    made, size = {}, (16, 13)
    kinds = {
        "rgba": lambda n: transparent(n, size, "RGBA"),
        "orientation": lambda n: turned(n, 6, size),
        "gray of 16 bits": lambda n: deep(n, size, 1),
        "rgb of 16 bits": lambda n: deep(n, size, 3),
    }
    for kind, file in kinds.items():
        image, partner = file(20), file(41)
        pictures = [Image.open(io.BytesIO(data)) for data in (image, partner)]
        found = {name: attempt(lambda: PYIQA[name](*pictures)) for name in ("psnr", "ssim")}
        made[kind] = dict(image=image.hex(), partner=partner.hex(), pyiqa=found)
    return made


def described(data):
    rgb = read(data)
    return dict(file=data.hex(), size=list(rgb.shape[:2]), rgb=rgb.tobytes().hex())


def smooth(number):
    """a picture larger than Inception's input, which a PNG stores in few bytes"""
    y, x = np.mgrid[:330, :350]
    planes = [(x // (3 + number) + y // (5 + c) + 40 * c) % 256 for c in range(3)]
    return encoded(Image.fromarray(np.stack(planes, -1).astype(np.uint8)), optimize=True)


def folders():
    """kind -> fake and real files"""
    sizes = [(12, 14), (13, 9), (16, 16)]
    pictures = lambda count, start: [plain(start + n, sizes[n % 3]) for n in range(count)]
    odd = lambda start: [
        *[transparent(start + n, sizes[n % 3], "RGBA") for n in range(4)],
        *[turned(start + 10 + n, 3 + n, sizes[1]) for n in range(4)],
        *[deep(start + 20 + n, sizes[n], 1) for n in range(2)],
        *[deep(start + 30 + n, sizes[n], 3) for n in range(2)],
    ]
    return {"plain": (pictures(22, 0) + [smooth(0)], pictures(24, 1000) + [smooth(3)]), "odd": (odd(100), odd(2000))}


def written(root, files):
    root.mkdir(parents=True)
    for number, data in enumerate(files):
        (root / f"{number:02}.png").write_bytes(data)
    return str(root)


def distance(a, b, said):
    a, b = (np.asarray(v, np.float64) for v in (a, b))
    return {"said": float(said), "exact": frechet(a, b)}


def by_torch_fidelity(folders, weights):
    """no KID, since its subsets of 1,000 are larger than the folders; one image at a time, since their sizes differ"""
    options = dict(cuda=False, batch_size=1, cache=False, verbose=False, feature_extractor="inception-v3-compat")
    options["feature_extractor_weights_path"] = weights
    found = torch_fidelity.calculate_metrics(input1=folders[0], input2=folders[1], fid=True, isc=True, prc=True, **options)
    assert attempt(lambda: torch_fidelity.calculate_metrics(input1=folders[0], input2=folders[1], kid=True, **options)["kid"]) is None
    return {
        "fid": found["frechet_inception_distance"],
        "is": [found["inception_score_mean"], found["inception_score_std"]],
        "pr": [found["precision"], found["recall"]],
    }


def by_clean_fid(folders, module):
    layers = torch.nn.Sequential(*list(module.children())[:-1])
    model = lambda x: layers((x - 128) / 128).flatten(1)
    options = dict(mode="clean", num_workers=0, batch_size=8, device=torch.device("cpu"), verbose=False)
    a, b = (clean_fid.get_folder_features(folder, model, **options) for folder in folders)
    np.random.seed(SEED)
    kid = clean_fid.kernel_distance(a, b)
    return {"fid": distance(a, b, clean_fid.fid_from_feats(a, b)), "kid": kid}


def by_pyiqa(folders, module):
    with patch.object(pyiqa.archs.inception, "load_pretrained_network", lambda net, *_, **__: net.load_state_dict(module.state_dict())):
        from pyiqa.archs.fid_arch import FID, get_folder_features

        network = FID()
    options = dict(num_workers=0, device=torch.device("cpu"), verbose=False)
    a, b = (get_folder_features(folder, network.model, **options) for folder in folders)
    return {"fid": distance(a, b, network(*folders, **options))}


def by_piq(images, module):
    load = patch.object(piq.feature_extractors.fid_inception, "load_state_dict_from_url", lambda *_, **__: module.state_dict())
    with load, contextlib.redirect_stdout(None):
        network = piq.feature_extractors.InceptionV3()
    loader = lambda of: [{"images": torch.from_numpy(image.transpose(2, 0, 1).copy())[None] / 255} for image in of]
    metric = piq.FID()
    a, b = (metric.compute_feats(loader(of), network, device="cpu") for of in images)
    return {"fid": distance(a, b, metric(a, b))}


def by_torchmetrics(images, weights):
    network = FrechetInceptionDistance(feature_extractor_weights_path=weights)
    taken = [[], []]
    for side, of in enumerate(images):
        for image in of:
            batch = torch.from_numpy(image.transpose(2, 0, 1).copy())[None]
            network.update(batch, real=side == 1)
            taken[side].append(network.inception(batch)[0].numpy())
    logits = type(network.inception)("inception-v3-compat", ["logits_unbiased"], weights)
    score = InceptionScore(feature=logits)
    for image in images[0]:
        score.update(torch.from_numpy(image.transpose(2, 0, 1).copy())[None])
    torch.manual_seed(SEED)
    return {"fid": distance(*map(np.stack, taken), network.compute()), "is": [float(v) for v in score.compute()]}


def measured(root):
    made, module = {}, inception.network(["2048", "logits_unbiased"])
    weights = str(root / "inception.pth")
    torch.save(module.state_dict(), weights)
    for kind, files in folders().items():
        paths = [written(root / kind / name, of) for name, of in zip(("fake", "real"), files)]
        found = {
            "torch-fidelity": by_torch_fidelity(paths, weights),
            "clean-fid": by_clean_fid(paths, module),
            "pyiqa": by_pyiqa(paths, module),
        }
        if kind == "plain":
            images = [[read(data) for data in of] for of in files]
            found |= {"torchmetrics": by_torchmetrics(images, weights), "piq": by_piq(images, module)}
        print(kind, json.dumps(found, indent=1), flush=True)
        made[kind] = dict(fake=[data.hex() for data in files[0]], real=[data.hex() for data in files[1]], measured=found)
    return made


class Given(torch.nn.Module):
    """features in place of images"""

    num_features = 16

    def forward(self, x):
        return x


def features():
    draw = lambda name, rows: seeded.uniform(f"packages.{name}", rows * 16).reshape(rows, 16)
    a, b = draw("fake", 1050).astype(np.float32), (0.9 * draw("real", 1100) + 0.07).astype(np.float32)
    x, y = (torch.from_numpy(v).double() for v in (a, b))
    found = kid_features_to_metric(x, y, rng_seed=SEED, verbose=False)
    made = {"torch-fidelity": {"kid": [found["kernel_inception_distance_mean"], found["kernel_inception_distance_std"]]}}
    np.random.seed(SEED)
    made["clean-fid"] = {"kid": clean_fid.kernel_distance(x.numpy(), y.numpy())}
    metric = KernelInceptionDistance(feature=Given())
    metric.update(y, real=True), metric.update(x, real=False)
    torch.manual_seed(SEED)
    made["torchmetrics"] = {"kid": [float(v) for v in metric.compute()]}
    torch.manual_seed(SEED)
    made["piq"] = {"kid": float(piq.KID()(x, y)), "kid of more fake than real": attempt(lambda: piq.KID()(y, x))}
    grid = [np.round(v[:200, :3] * 8).astype(np.float64) / 8 for v in (a, b)]
    one, two = map(torch.from_numpy, grid)
    found = prc_features_to_metric(one, two, prc_neighborhood=3, verbose=False)
    made["torch-fidelity"]["pr"] = [found["precision"], found["recall"]]
    with contextlib.redirect_stdout(sys.stderr):
        of = {k: compute_prdc(grid[1], grid[0], k) for k in (3, 5)}
    made["prdc"] = {"pr": [float(of[3][name]) for name in ("precision", "recall")]}
    made["prdc"]["prdc"] = [float(of[5][name]) for name in ("precision", "recall", "density", "coverage")]
    return made


def scores():
    logits = torch.from_numpy((6 * seeded.uniform("packages.logits", 53 * 7)).astype(np.float32).reshape(53, 7)).double()
    found = isc_features_to_metric(logits, rng_seed=SEED)
    made = {"torch-fidelity": [found["inception_score_mean"], found["inception_score_std"]]}
    metric = InceptionScore(feature=Given())
    metric.update(logits)
    torch.manual_seed(SEED)
    made["torchmetrics"] = [float(v) for v in metric.compute()]
    made["piq"] = [float(v) for v in piq.isc.inception_score(logits)]
    return made


def photos(folder, out):
    sums, files = {}, sorted(pathlib.Path(folder).iterdir())[:20]
    pooled = torchmetrics.image.PeakSignalNoiseRatio(data_range=255.0)
    for side in "ab":
        (out / side).mkdir(parents=True, exist_ok=True)
    for path in files:
        original, small = Image.open(path).convert("RGB"), io.BytesIO()
        original.save(small, "JPEG", quality=10)
        for side, image in (("a", Image.open(small).convert("RGB")), ("b", original)):
            image.save(out / side / f"{path.stem}.png")
        pair = [np.asarray(Image.open(out / side / f"{path.stem}.png")) for side in "ab"]
        pooled.update(*(torch.from_numpy(image.astype(np.float64)) for image in pair))
        for package, numbers in compared(*pair, 255).items():
            for metric, number in numbers.items():
                sums.setdefault(package, {}).setdefault(metric, []).append(number)
    for package, numbers in sums.items():
        print(package, {metric: float(np.mean(values)) for metric, values in numbers.items()})
    print("torchmetrics, PeakSignalNoiseRatio of all pairs", float(pooled.compute()))


def main():
    torch.set_num_threads(1)
    torch.set_grad_enabled(False)
    if "--photos" in sys.argv:
        return photos(sys.argv[2], pathlib.Path(sys.argv[3]))
    made = dict(seed=SEED, pairs={})
    for name, (size, channels) in PAIRS.items():
        print(name)
        made["pairs"][name] = pair(name, size, channels)
        print("  ", made["pairs"][name])
    made["pooled"] = pooled()
    made["files"] = {name: described(data) for name, data in odd_files().items()}
    made["odd_pairs"] = odd_pairs()
    print({kind: pair["pyiqa"] for kind, pair in made["odd_pairs"].items()})
    made["features"], made["scores"] = features(), scores()
    print(made["features"], made["scores"], flush=True)
    if "--quick" in sys.argv:
        return
    with tempfile.TemporaryDirectory() as root:
        made["folders"] = measured(pathlib.Path(root))
    pathlib.Path(__file__).with_suffix(".json").write_text(json.dumps(made, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()
