"""Small data sets in the layouts of the tools that own them, and what each tool reads from them.

    python scripts/reference/layouts.py FOLDER                      # writes the sets, prints counts, classes and splits as JSON
    python scripts/reference/layouts.py FOLDER --gannet PROGRAM     # and how 'gannet data check' differs, one line each
    python scripts/reference/layouts.py FOLDER --only celeba svhn   # these sets only

Needs torch 2.11.0, torchvision 0.26.0, datasets 5.2.0, webdataset 1.0.2, medmnist 3.0.2, lmdb 3.0.0, h5py 3.16.0, scipy, numpy and
Pillow. A set whose tool is not in Python, or has no reader, is written by hand after the tool's description; its counts are those it
was written with ("by": "hand").

Printed: {SET: {"path": PATH, "by": TOOL, "train": COUNTS, "test": COUNTS}}, and COUNTS is {"count": N, "classes": {NAME: N}}.
"test" is the tool's test split, or its validation split where it has no test split with the same classes. Classes without names
are numbers.
"""

import argparse
import collections
import csv
import io
import json
import pathlib
import pickle
import shutil
import subprocess

import datasets
import h5py
import lmdb
import medmnist
import numpy
import scipy.io

import torchvision.datasets as tv
import webdataset
from PIL import Image

NAMES = ["ant", "bee", "cat"]
# The tools compare files with checksums of the originals, which small sets cannot have.
tv.utils.check_integrity = lambda path, md5=None: pathlib.Path(path).is_file()
for module in (tv.cifar, tv.mnist, tv.svhn, tv.stl10, tv.celeba, tv.places365, tv.flowers102):
    module.check_integrity = tv.utils.check_integrity
tv.CelebA._check_integrity = lambda self: True


def picture(number, size=(32, 32), mode="RGB"):
    width, height = size
    x, y = numpy.meshgrid(numpy.arange(width), numpy.arange(height))
    planes = [x * 5 + number * 37, y * 7 + number * 11, (x + y) * 3 + number * 101]
    pixels = (numpy.stack(planes, 2) % 256).astype(numpy.uint8)
    return Image.fromarray(pixels).convert(mode)


def save(path, number, **options):
    path.parent.mkdir(parents=True, exist_ok=True)
    picture(number, **options).save(path)


def text(path, content):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content)


def encoded(number, kind="PNG", **options):
    out = io.BytesIO()
    picture(number, **options).save(out, kind)
    return out.getvalue()


def counts(labels, names=None):
    """of labels, numbers or names; -1 and None are no labels"""
    labels = [label.item() if hasattr(label, "item") else label for label in labels]
    named = [names[label] if names and isinstance(label, int) else str(label) for label in labels if label not in (None, -1)]
    return {"count": len(labels), "classes": dict(sorted(collections.Counter(named).items()))}


def unlabeled(count):
    return counts([None] * count)


def result(root, by, train, test=None, path=""):
    return {"path": str(root / path), "by": by, "train": train, "test": test}


SETS = {}


def layout(f):
    SETS[f.__name__.replace("_", "-")] = f
    return f


# WebDataset, Hugging Face, MedMNIST


def shards(root, split, count, fields):
    with webdataset.ShardWriter(str(root / f"{split}-%06d.tar"), maxcount=10, verbose=0) as writer:
        for number in range(count):
            writer.write({"__key__": f"{number:06d}"} | fields(number))


def of_shards(root, split, label):
    urls = sorted(str(path) for path in root.glob(f"{split}-*.tar"))
    return counts(label(sample) for sample in webdataset.WebDataset(urls, shardshuffle=False).decode("pil"))


@layout
def webdataset_cls(root):
    root.mkdir()
    for split, count in (("train", 26), ("val", 7)):
        shards(root, split, count, lambda number: {"png": picture(number), "cls": number % 3})
    return result(root, "webdataset", *(of_shards(root, split, lambda s: s["cls"]) for split in ("train", "val")))


@layout
def webdataset_json(root):
    root.mkdir()
    label = lambda number: {"label": number % 3, "caption": f"picture {number}"}
    for split, count in (("train", 26), ("val", 7)):
        shards(root, split, count, lambda number: {"jpg": picture(number), "json": label(number)})
    return result(root, "webdataset", *(of_shards(root, split, lambda s: s["json"]["label"]) for split in ("train", "val")))


def of_table(table):
    if "label" not in table.column_names:
        return unlabeled(len(table))
    feature = table.features["label"]
    return counts(table["label"][:], getattr(feature, "names", None))


def hugging_face(root):
    found = datasets.load_dataset("imagefolder", data_dir=str(root), cache_dir=str(root.parent / ".cache" / root.name))
    return result(root, "datasets imagefolder", of_table(found["train"]), of_table(found["test"]) if "test" in found else None)


@layout
def hf_class_folders(root):
    for split, count in (("train", 9), ("test", 6)):
        for number in range(count):
            save(root / split / NAMES[number % 3] / f"{number}.png", number)
    return hugging_face(root)


def with_metadata(root, write):
    for split, count in (("train", 9), ("test", 6)):
        for number in range(count):
            save(root / split / f"{number}.png", number)
        write(root / split, [{"file_name": f"{n}.png", "label": NAMES[n % 3], "text": f"a, {n}"} for n in range(count)])
    return hugging_face(root)


@layout
def hf_metadata_jsonl(root):
    lines = lambda rows: "".join(json.dumps(row) + "\n" for row in rows)
    return with_metadata(root, lambda folder, rows: text(folder / "metadata.jsonl", lines(rows)))


@layout
def hf_metadata_csv(root):
    def write(folder, rows):
        with open(folder / "metadata.csv", "w", newline="") as file:
            writer = csv.DictWriter(file, rows[0])
            writer.writeheader()
            writer.writerows(rows)

    return with_metadata(root, write)


def table(count, values=None):
    features = datasets.Features({"image": datasets.Image(), "label": datasets.ClassLabel(names=NAMES)})
    images = values or [{"bytes": encoded(number), "path": None} for number in range(count)]
    return datasets.Dataset.from_dict({"image": images, "label": [n % 3 for n in range(count)]}, features=features)


@layout
def hf_save_to_disk(root):
    datasets.DatasetDict({"train": table(9), "test": table(6)}).save_to_disk(str(root))
    found = datasets.load_from_disk(str(root))
    return result(root, "datasets save_to_disk", of_table(found["train"]), of_table(found["test"]))


@layout
def hf_save_to_disk_one(root):
    table(9).save_to_disk(str(root), num_shards=2)
    return result(root, "datasets save_to_disk", of_table(datasets.load_from_disk(str(root))))


def parquet(root, by):
    files = {split: str(next(root.glob(f"**/{split}-*.parquet"))) for split in ("train", "test")}
    found = datasets.load_dataset("parquet", data_files=files, cache_dir=str(root.parent / ".cache" / root.name))
    return result(root, by, of_table(found["train"]), of_table(found["test"]))


@layout
def hf_parquet(root):
    (root / "data").mkdir(parents=True)
    for split, count in (("train", 9), ("test", 6)):
        table(count).to_parquet(str(root / f"data/{split}-00000-of-00001.parquet"))
    return parquet(root, "datasets to_parquet")


@layout
def hf_parquet_paths(root):
    """the images are files beside the table"""
    for split, count in (("train", 9), ("test", 6)):
        for number in range(count):
            save(root / "images" / f"{split}{number}.png", number)
        values = [{"bytes": None, "path": f"images/{split}{number}.png"} for number in range(count)]
        table(count, values).with_format("arrow").to_pandas().to_parquet(root / f"{split}-00000-of-00001.parquet")
    found = {split: counts([n % 3 for n in range(count)], NAMES) for split, count in (("train", 9), ("test", 6))}
    return result(root, "pandas, paths only", found["train"], found["test"])


def med(root, cls, mode, shape):
    root.mkdir()
    splits = {"train": 14, "val": 6, "test": 8}
    arrays = {}
    for split, count in splits.items():
        arrays[f"{split}_images"] = numpy.stack([numpy.array(picture(n, (28, 28), mode)) for n in range(count)])
        arrays[f"{split}_labels"] = numpy.array([[n % shape] for n in range(count)], numpy.uint8)
    numpy.savez_compressed(root / f"{cls.flag}.npz", **arrays)
    found = {split: counts(int(label[0]) for _, label in cls(split=split, root=str(root))) for split in ("train", "test")}
    return result(root, "medmnist", found["train"], found["test"], f"{cls.flag}.npz")


@layout
def medmnist_rgb(root):
    return med(root, medmnist.BloodMNIST, "RGB", 8)


@layout
def medmnist_gray(root):
    return med(root, medmnist.PneumoniaMNIST, "L", 2)


# torchvision


def vision(root, make, splits, label=None, names=None, path=""):
    """of a class of torchvision for each split; `label` gives those of an open set"""
    label = label or (lambda found: [target for _, target in found])
    found = [make(split) for split in splits if split is not None]
    names = [names or getattr(one, "classes", None) for one in found]
    numbers = [counts(label(one), name) for one, name in zip(found, names)]
    return result(root, f"torchvision {type(found[0]).__name__}", *numbers, path=path)


@layout
def tv_image_folder(root):
    for split, count in (("train", 9), ("val", 6)):
        for number in range(count):
            save(root / split / NAMES[number % 3] / f"{number}.jpg", number)
    return vision(root, lambda split: tv.ImageFolder(root / split), ["train", "val"])


def batches(root, folder, files, extra, key):
    (root / folder).mkdir(parents=True)
    for start, (name, _) in enumerate(files):
        rows = numpy.stack([numpy.array(picture(10 * start + n)).transpose(2, 0, 1).ravel() for n in range(6)])
        entry = {"batch_label": name, "data": rows, "filenames": [f"{n}.png" for n in range(6)]}
        entry |= {key: [n % 3 for n in range(6)]} | ({"coarse_labels": [0] * 6} if key == "fine_labels" else {})
        (root / folder / name).write_bytes(pickle.dumps(entry, protocol=2))
    name, content = extra
    (root / folder / name).write_bytes(pickle.dumps(content, protocol=2))


@layout
def tv_cifar10(root):
    files = tv.CIFAR10.train_list + tv.CIFAR10.test_list
    batches(root, tv.CIFAR10.base_folder, files, ("batches.meta", {"label_names": NAMES}), "labels")
    return vision(root, lambda train: tv.CIFAR10(root, train), [True, False])


@layout
def tv_cifar100(root):
    names = {"fine_label_names": NAMES, "coarse_label_names": ["animal"]}
    batches(root, tv.CIFAR100.base_folder, [("train", ""), ("test", "")], ("meta", names), "fine_labels")
    return vision(root, lambda train: tv.CIFAR100(root, train), [True, False])


def idx(path, values):
    path.parent.mkdir(parents=True, exist_ok=True)
    header = bytes([0, 0, 8, values.ndim]) + b"".join(size.to_bytes(4, "big") for size in values.shape)
    path.write_bytes(header + values.astype(numpy.uint8).tobytes())


def idx_set(raw, names, first=0):
    for (images, labels), count in zip(names, (12, 8)):
        idx(raw / images, numpy.stack([numpy.array(picture(n, (28, 28), "L")) for n in range(count)]))
        idx(raw / labels, numpy.array([first + n % 4 for n in range(count)]))


@layout
def tv_mnist(root):
    idx_set(root / "MNIST/raw", [(f"{split}-images-idx3-ubyte", f"{split}-labels-idx1-ubyte") for split in ("train", "t10k")])
    return vision(root, lambda train: tv.MNIST(root, train), [True, False], names=[str(n) for n in range(10)])


def emnist(root, split, first):
    names = [tuple(f"emnist-{split}-{part}-{what}-ubyte" for what in ("images-idx3", "labels-idx1")) for part in ("train", "test")]
    idx_set(root / "EMNIST/raw", names, first)
    # The files have numbers; the letters are torchvision's own.
    names = [str(n) for n in range(27)]
    return vision(root, lambda train: tv.EMNIST(root, split, train=train), [True, False], names=names)


@layout
def tv_emnist_letters(root):
    return emnist(root, "letters", 1)


@layout
def tv_emnist_two(root):
    """two of EMNIST's sets side by side, as its archive has them; digits are read back"""
    emnist(root, "letters", 1)
    return emnist(root, "digits", 0)


@layout
def tv_stl10(root):
    folder = root / "stl10_binary"
    folder.mkdir(parents=True)
    for name, count in (("train", 9), ("test", 6), ("unlabeled", 4)):
        pixels = numpy.stack([numpy.array(picture(n, (96, 96))).transpose(2, 1, 0) for n in range(count)])
        (folder / f"{name}_X.bin").write_bytes(pixels.tobytes())
        if name != "unlabeled":
            (folder / f"{name}_y.bin").write_bytes(bytes(1 + n % 3 for n in range(count)))
    text(folder / "class_names.txt", "\n".join(NAMES) + "\n")
    text(folder / "fold_indices.txt", "0 1 2\n" * 10)
    return vision(root, lambda split: tv.STL10(root, split), ["train", "test"])


@layout
def tv_svhn(root):
    root.mkdir()
    for name, count in (("train", 11), ("test", 7)):
        pixels = numpy.stack([numpy.array(picture(n)) for n in range(count)], 3)
        scipy.io.savemat(root / f"{name}_32x32.mat", {"X": pixels, "y": numpy.array([[1 + n % 10] for n in range(count)], numpy.uint8)})
    return vision(root, lambda split: tv.SVHN(root, split), ["train", "test"], names=[str(n) for n in range(10)])


@layout
def tv_celeba(root):
    folder = root / "celeba"
    names = [f"{n:06d}.jpg" for n in range(1, 13)]
    for number, name in enumerate(names):
        save(folder / "img_align_celeba" / name, number)
    lines = lambda row: "".join(f"{name} {row(n)}\n" for n, name in enumerate(names))
    text(folder / "list_eval_partition.txt", lines(lambda n: 0 if n < 6 else 1 if n < 9 else 2))
    text(folder / "identity_CelebA.txt", lines(lambda n: n + 1))
    for file, header in (("attr", "Smiling Young"), ("bbox", "x_1 y_1 width height"), ("landmarks_align", "lefteye_x lefteye_y")):
        row = " ".join(["1"] * len(header.split()))
        text(folder / f"list_{file}_celeba.txt", f"{len(names)}\n{header}\n" + lines(lambda n: row))
    return vision(root, lambda split: tv.CelebA(root, split), ["train", "test"], lambda found: [None] * len(found))


@layout
def tv_places365(root):
    classes = ["/a/airfield", "/b/bar", "/b/building/indoor"]
    text(root / "categories_places365.txt", "".join(f"{name} {n}\n" for n, name in enumerate(classes)))
    train = [(f"{classes[n % 3]}/{n:08d}.jpg", n % 3) for n in range(9)]
    val = [(f"Places365_val_{n:08d}.jpg", n % 3) for n in range(6)]
    text(root / "places365_train_standard.txt", "".join(f"{name} {label}\n" for name, label in train))
    text(root / "places365_val.txt", "".join(f"{name} {label}\n" for name, label in val))
    for number, (name, _) in enumerate(train):
        save(root / f"data_256_standard{name}", number)
    for number, (name, _) in enumerate(val):
        save(root / "val_256" / name, number)
    # Without the letter by which the folders are sorted.
    names = [name[3:] for name in classes]
    return vision(root, lambda split: tv.Places365(root, split, small=True), ["train-standard", "val"], names=names)


@layout
def tv_voc(root):
    folder = root / "VOCdevkit/VOC2012"
    names = [f"2007_{n:06d}" for n in range(10)]
    for number, name in enumerate(names):
        save(folder / f"JPEGImages/{name}.jpg", number)
        text(folder / f"Annotations/{name}.xml", "<annotation></annotation>")
    for number, name in enumerate(names[:6]):
        save(folder / f"SegmentationClass/{name}.png", number, mode="P")
        save(folder / f"SegmentationObject/{name}.png", number, mode="P")
    for kind, train, val in (("Segmentation", names[:4], names[4:6]), ("Main", names[:7], names[7:])):
        text(folder / f"ImageSets/{kind}/train.txt", "\n".join(train) + "\n")
        text(folder / f"ImageSets/{kind}/val.txt", "\n".join(val) + "\n")
    return vision(root, lambda split: tv.VOCDetection(root, "2012", split), ["train", "val"], lambda found: [None] * len(found))


@layout
def tv_cityscapes(root):
    for split, cities, count in (("train", ("aachen", "bochum"), 4), ("val", ("lindau",), 3), ("test", ("berlin",), 2)):
        for city in cities:
            for n in range(count):
                name = f"{city}_{n:06d}_000019"
                save(root / f"leftImg8bit/{split}/{city}/{name}_leftImg8bit.png", n)
                for what in ("color", "instanceIds", "labelIds"):
                    save(root / f"gtFine/{split}/{city}/{name}_gtFine_{what}.png", n, mode="L")
                text(root / f"gtFine/{split}/{city}/{name}_gtFine_polygons.json", "{}")
    return vision(root, lambda split: tv.Cityscapes(root, split), ["train", "test"], lambda found: [None] * len(found), names=[])


@layout
def tv_oxford_pets(root):
    folder, lines = root / "oxford-iiit-pet", collections.defaultdict(str)
    for n in range(12):
        name = f"{('Abyssinian', 'beagle', 'Sphynx')[n % 3]}_{n}"
        save(folder / f"images/{name}.jpg", n)
        save(folder / f"annotations/trimaps/{name}.png", n, mode="L")
        lines["trainval" if n < 8 else "test"] += f"{name} {n % 3 + 1} {n % 2 + 1} 1\n"
    for split, content in lines.items():
        text(folder / f"annotations/{split}.txt", content)
    return vision(root, lambda split: tv.OxfordIIITPet(root, split), ["trainval", "test"])


@layout
def tv_flowers102(root):
    folder = root / "flowers-102"
    for n in range(1, 13):
        save(folder / f"jpg/image_{n:05d}.jpg", n)
    scipy.io.savemat(folder / "imagelabels.mat", {"labels": numpy.array([[n % 3 + 1 for n in range(12)]])})
    scipy.io.savemat(folder / "setid.mat", {"trnid": [[1, 2, 3, 4, 5]], "valid": [[6, 7, 8]], "tstid": [[9, 10, 11, 12]]})
    return vision(root, lambda split: tv.Flowers102(root, split), ["train", "test"], lambda found: found._labels, [str(n) for n in range(102)])


@layout
def tv_food101(root):
    folder, meta = root / "food-101", {"train": collections.defaultdict(list), "test": collections.defaultdict(list)}
    for n in range(12):
        name = ("apple_pie", "sushi", "tacos")[n % 3]
        save(folder / f"images/{name}/{n}.jpg", n)
        meta["train" if n < 9 else "test"][name].append(f"{name}/{n}")
    text(folder / "meta/classes.txt", "apple_pie\nsushi\ntacos\n")
    for split, names in meta.items():
        text(folder / f"meta/{split}.json", json.dumps(names))
        text(folder / f"meta/{split}.txt", "\n".join(name for group in names.values() for name in group) + "\n")
    return vision(root, lambda split: tv.Food101(root, split), ["train", "test"])


@layout
def tv_gtsrb(root):
    folder = root / "gtsrb"
    for n in range(9):
        save(folder / f"GTSRB/Training/{n % 3:05d}/{n:05d}_00000.ppm", n)
    for n in range(6):
        save(folder / f"GTSRB/Final_Test/Images/{n:05d}.ppm", n)
    text(folder / "GT-final_test.csv", "Filename;Width;Height;ClassId\n" + "".join(f"{n:05d}.ppm;32;32;{n % 3}\n" for n in range(6)))
    return vision(root, lambda split: tv.GTSRB(root, split), ["train", "test"], names=[f"{n:05d}" for n in range(3)])


@layout
def tv_dtd(root):
    folder, lists = root / "dtd/dtd", collections.defaultdict(str)
    for n in range(12):
        name = f"{('banded', 'dotted', 'woven')[n % 3]}/{n:04d}.jpg"
        save(folder / "images" / name, n)
        lists[("train", "val", "test")[n // 4]] += name + "\n"
    for split, content in lists.items():
        text(folder / f"labels/{split}1.txt", content)
    return vision(root, lambda split: tv.DTD(root, split), ["train", "test"])


@layout
def tv_caltech101(root):
    folder = root / "caltech101"
    for n in range(12):
        save(folder / f"101_ObjectCategories/{('BACKGROUND_Google', 'accordion', 'crab')[n % 3]}/image_{n // 3 + 1:04d}.jpg", n)
    for name in ("accordion", "crab"):
        text(folder / f"Annotations/{name}/annotation_0001.mat", "")
    return vision(root, lambda _: tv.Caltech101(root), [0], lambda found: found.y, ["accordion", "crab"])


@layout
def tv_country211(root):
    for split, count in (("train", 9), ("valid", 6), ("test", 3)):
        for n in range(count):
            save(root / f"country211/{split}/{('AD', 'AE', 'AF')[n % 3]}/{n}.jpg", n)
    return vision(root, lambda split: tv.Country211(root, split), ["train", "test"])


@layout
def tv_eurosat(root):
    for n in range(9):
        save(root / f"eurosat/2750/{('AnnualCrop', 'Forest', 'River')[n % 3]}/x_{n}.jpg", n)
    return vision(root, lambda _: tv.EuroSAT(root), [0])


# By hand, after the descriptions of their authors


@layout
def stylegan(root):
    labels = [[f"{n // 4:05d}/img{n:08d}.png", n % 2] for n in range(12)]
    for n, (name, _) in enumerate(labels):
        save(root / name, n)
    text(root / "dataset.json", json.dumps({"labels": labels}))
    return result(root, "hand", counts(label for _, label in labels))


@layout
def stylegan_no_labels(root):
    for n in range(12):
        save(root / f"{n // 4:05d}/img{n:08d}.png", n)
    text(root / "dataset.json", json.dumps({"labels": None}))
    return result(root, "hand", unlabeled(12))


@layout
def cyclegan(root):
    of = {"trainA": 7, "trainB": 5, "testA": 3, "testB": 2}
    for name, count in of.items():
        for n in range(count):
            save(root / name / f"{n}.jpg", n)
    domain = lambda split: {"count": of[f"{split}A"] + of[f"{split}B"], "classes": {d: of[f"{split}{d}"] for d in "AB"}}
    return result(root, "hand", domain("train"), domain("test"))


@layout
def pix2pix(root):
    for split, count in (("train", 6), ("val", 4), ("test", 3)):
        for n in range(count):
            save(root / split / f"{n + 1}.jpg", n, size=(64, 32))
    return result(root, "hand", unlabeled(6), unlabeled(3))


@layout
def coco(root):
    for split, count in (("train2017", 6), ("val2017", 4), ("test2017", 3)):
        for n in range(count):
            save(root / split / f"{n:012d}.jpg", n)
    text(root / "annotations/instances_train2017.json", json.dumps({"images": [], "annotations": [], "categories": []}))
    return result(root, "hand", unlabeled(6), unlabeled(3))


@layout
def div2k(root):
    for split, count in (("train", 6), ("valid", 3)):
        for n in range(count):
            save(root / f"DIV2K_{split}_HR/{n:04d}.png", n, size=(48, 48))
            save(root / f"DIV2K_{split}_LR_bicubic/X2/{n:04d}x2.png", n, size=(24, 24))
    return result(root, "hand", unlabeled(6), unlabeled(3))


@layout
def basicsr(root):
    for n in range(8):
        save(root / f"GT/{n:04d}.png", n, size=(48, 48))
        save(root / f"LQ/{n:04d}.png", n, size=(12, 12))
    text(root / "meta_info.txt", "".join(f"{n:04d}.png (48,48,3)\n" for n in range(8)))
    return result(root, "hand", unlabeled(8))


@layout
def cub200(root):
    classes = ["001.Albatross", "002.Auklet"]
    names = [f"{classes[n % 2]}/{n:04d}.jpg" for n in range(10)]
    for n, name in enumerate(names):
        save(root / "images" / name, n)
        save(root / "segmentations" / name.replace("jpg", "png"), n, mode="L")
    text(root / "images.txt", "".join(f"{n + 1} {name}\n" for n, name in enumerate(names)))
    text(root / "train_test_split.txt", "".join(f"{n + 1} {int(n < 6)}\n" for n in range(10)))
    labels = lambda numbers: counts([n % 2 for n in numbers], classes)
    return result(root, "hand", labels(range(6)), labels(range(6, 10)))


def lmdb_of(path, images):
    path.parent.mkdir(parents=True, exist_ok=True)
    with lmdb.open(str(path), map_size=1 << 22) as database, database.begin(write=True) as writer:
        for key, value in images:
            writer.put(key.encode(), value)
    with lmdb.open(str(path), readonly=True, lock=False) as database:
        return database.stat()["entries"]


@layout
def lsun(root):
    count = {}
    for place in ("bedroom", "church_outdoor"):
        for split, length in (("train", 5), ("val", 3)):
            images = [(f"{n:040x}", encoded(n, "WEBP")) for n in range(length)]
            count[f"{place} {split}"] = lmdb_of(root / f"{place}_{split}_lmdb", images)
    of = lambda split: {place: count[f"{place} {split}"] for place in ("bedroom", "church_outdoor")}
    return result(root, "lmdb", *({"count": sum(of(s).values()), "classes": of(s)} for s in ("train", "val")))


@layout
def lsun_one(root):
    count = lmdb_of(root / "church_outdoor_train_lmdb", [(f"{n:040x}", encoded(n, "WEBP")) for n in range(5)])
    return result(root, "lmdb", unlabeled(count), path="church_outdoor_train_lmdb")


@layout
def basicsr_lmdb(root):
    count = lmdb_of(root / "gt.lmdb", [(f"{n:04d}", encoded(n)) for n in range(7)])
    text(root / "gt.lmdb/meta_info.txt", "".join(f"{n:04d}.png (32,32,3) 1\n" for n in range(7)))
    return result(root, "lmdb", unlabeled(count), path="gt.lmdb")


@layout
def pcam(root):
    for split, count in (("train", 8), ("test", 5)):
        root.mkdir(exist_ok=True)
        for what, values in (("x", [numpy.array(picture(n, (96, 96))) for n in range(count)]), ("y", [[[[n % 2]]] for n in range(count)])):
            with h5py.File(root / f"camelyonpatch_level_2_split_{split}_{what}.h5", "w") as file:
                file[what] = numpy.array(values, numpy.uint8)
    return result(root, "h5py", counts(n % 2 for n in range(8)), counts(n % 2 for n in range(5)))


@layout
def hdf5_one(root):
    root.mkdir()
    with h5py.File(root / "set.h5", "w") as file:
        file["images"] = numpy.stack([numpy.array(picture(n)) for n in range(9)])
        file["labels"] = numpy.array([n % 3 for n in range(9)])
    return result(root, "h5py", counts(n % 3 for n in range(9)), path="set.h5")


def npz(root, **arrays):
    root.mkdir()
    numpy.savez(root / "set.npz", **arrays)
    return "set.npz"


def stack(count):
    return numpy.stack([numpy.array(picture(n)) for n in range(count)])


@layout
def npz_keras(root):
    path = npz(root, x_train=stack(9), y_train=[n % 3 for n in range(9)], x_test=stack(6), y_test=[n % 3 for n in range(6)])
    return result(root, "numpy", counts(n % 3 for n in range(9)), counts(n % 3 for n in range(6)), path)


@layout
def npz_samples(root):
    """the only array of OpenAI's samples has no name"""
    root.mkdir()
    numpy.savez(root / "set.npz", stack(9))
    return result(root, "numpy", unlabeled(9), path="set.npz")


@layout
def npy(root):
    root.mkdir()
    numpy.save(root / "images.npy", stack(9))
    return result(root, "numpy", unlabeled(9), path="images.npy")


@layout
def tiny_imagenet(root):
    for n in range(9):
        save(root / f"train/n0{n % 3}/images/n0{n % 3}_{n}.JPEG", n)
    for n in range(6):
        save(root / f"val/images/val_{n}.JPEG", n)
    text(root / "val/val_annotations.txt", "".join(f"val_{n}.JPEG\tn0{n % 3}\t0\t0\t1\t1\n" for n in range(6)))
    text(root / "wnids.txt", "n00\nn01\nn02\n")
    labels = lambda count: counts([n % 3 for n in range(count)], ["n00", "n01", "n02"])
    return result(root, "hand", labels(9), labels(6))


def checked(program, path, split):
    """what 'gannet data check' says: counts, or a message"""
    call = subprocess.run([program, "data", "check", path, "--split", split, "--json"], capture_output=True, text=True)
    if call.returncode:
        return call.stderr.strip()
    found = json.loads(call.stdout)
    classes = {one["name"]: one["count"] for one in found["classes"] if one["count"]}
    return {"count": found["count"], "classes": dict(sorted(classes.items()))}


def compare(program, name, right):
    for split in ("train", "test"):
        found = checked(program, right["path"], split)
        if right[split] is None:
            same = isinstance(found, str)
            found = found if same else f"{found['count']} images, and the tool has no such split"
        else:
            same = found == right[split]
        print(f"{'same' if same else 'DIFFERS'}  {name} {split}" + ("" if same else f": {right[split]} but {found}"))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--gannet")
    parser.add_argument("--only", nargs="*")
    given = parser.parse_args()
    datasets.disable_progress_bars()
    found = {}
    for name, make in SETS.items():
        if given.only and name not in given.only:
            continue
        root = given.folder.resolve() / name
        shutil.rmtree(root, ignore_errors=True)
        root.parent.mkdir(parents=True, exist_ok=True)
        found[name] = make(root)
    shutil.rmtree(given.folder / ".cache", ignore_errors=True)
    print(json.dumps(found, indent=1))
    for name, right in found.items():
        if given.gannet:
            compare(given.gannet, name, right)


if __name__ == "__main__":
    main()
