"""Six small images with labels, as tables of other programs: Hugging Face datasets 4.4.1 (Parquet, Arrow), LMDB 3.0.0 in
BasicSR's layout, HDF5 by h5py 3.16.0 in BigGAN's layout, NumPy 2.4.6 in MedMNIST's layout.

Writes the folder `tables` beside itself. Image k is gray-green: red is 10 k, green is the column, blue the row; 5 by 6 pixels.
Its label is k modulo 2, `cat` or `dog`. The bytes of the files may differ between versions; what they hold does not.
"""

import io
import shutil
import tempfile
from pathlib import Path

import datasets
import h5py
import lmdb
import numpy as np
import pyarrow.parquet
from PIL import Image as Pillow

OUT = Path(__file__).with_suffix("")


def pixels(k):
    image = np.zeros((6, 5, 3), np.uint8)
    image[..., 0] = 10 * k
    image[..., 1] = np.arange(5)
    image[..., 2] = np.arange(6)[:, None]
    return image


def png(k):
    buffer = io.BytesIO()
    Pillow.fromarray(pixels(k)).save(buffer, "PNG")
    return buffer.getvalue()


def hugging_face():
    features = datasets.Features(
        {"image": datasets.Image(), "label": datasets.ClassLabel(names=["cat", "dog"]), "caption": datasets.Value("string")}
    )
    rows = {
        "image": [{"bytes": png(k), "path": f"photo{k}.png"} for k in range(6)],
        "label": [k % 2 for k in range(6)],
        "caption": [f"number {k}" for k in range(6)],
    }
    table = datasets.Dataset.from_dict(rows, features=features)
    table.to_parquet(OUT / "train.parquet", batch_size=4)
    with tempfile.TemporaryDirectory() as folder:
        table.save_to_disk(folder, num_shards=1)
        shutil.copy(Path(folder) / "data-00000-of-00001.arrow", OUT / "saved.arrow")
        # A table of an image folder holds the paths of the machine that wrote it.
        paths = datasets.Dataset.from_dict({"image": ["/photos/0.png", "/photos/1.png"]})
        paths = paths.cast_column("image", datasets.Image())
        pyarrow.parquet.write_table(paths.data.table, OUT / "paths.parquet")


def basicsr():
    with tempfile.TemporaryDirectory() as folder:
        database = lmdb.open(folder, map_size=1 << 20)
        with database.begin(write=True) as transaction:
            for k in range(6):
                transaction.put(f"photo{k}".encode(), png(k))
            # One value that does not fit into a page.
            large = io.BytesIO()
            noise = np.random.default_rng(0).integers(0, 256, (40, 50, 3), dtype=np.uint8)
            Pillow.fromarray(noise).save(large, "PNG")
            transaction.put(b"photo6", large.getvalue())
        database.close()
        shutil.copy(Path(folder) / "data.mdb", OUT / "data.mdb")


def arrays():
    images = np.stack([pixels(k) for k in range(6)])
    labels = np.arange(6) % 2
    with h5py.File(OUT / "biggan.h5", "w") as file:
        shape = images.transpose(0, 3, 1, 2).shape
        file.create_dataset("imgs", shape, "uint8", chunks=(4, *shape[1:]), maxshape=(None, *shape[1:]), compression="gzip")
        file["imgs"][...] = images.transpose(0, 3, 1, 2)
        file.create_dataset("labels", data=labels)
    np.savez_compressed(
        OUT / "medmnist.npz",
        train_images=images,
        train_labels=labels[:, None],
        val_images=images[:2],
        val_labels=labels[:2, None],
        test_images=images[:3],
        test_labels=labels[:3, None],
    )


if __name__ == "__main__":
    OUT.mkdir(exist_ok=True)
    hugging_face()
    basicsr()
    arrays()
