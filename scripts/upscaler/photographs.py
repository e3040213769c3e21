"""The photographs from which the built-in upscaler is trained, as squares of 256 pixels.

    apt-get download gnome-backgrounds=43.1-1 lomiri-wallpapers-16.04=20.04.0-2 lomiri-wallpapers-20.04=20.04.0-2 \\
        mate-backgrounds=1.26.0-1 plasma-workspace-wallpapers=4:5.27.5-2 ukui-wallpapers=20.04.3-1.1
    pip download --no-deps --only-binary=:all: --python-version 3.7 scikit-image==0.16.2
    pip download --no-deps --only-binary=:all: --python-version 3.11 scikit-learn==1.5.2
    python photographs.py PACKAGES OUTPUT      # PACKAGES: the folder with the files above (Debian 12, PyPI); needs Pillow, numpy

A photograph is reduced until its short side has 1,080 pixels, and to five smaller sizes, with Lanczos' filter: large wallpapers are
soft at their own size, and a reduced one has no trace of its JPEG. Squares with little detail are left out, and of the others one
of four is turned by each of 0, 90, 180 and 270 degrees. The result is a function of the packages alone.

Licences, as the packages state them (for the authors see their copyright files):

    gnome-backgrounds             CC-BY-SA-3.0
    lomiri-wallpapers-16.04       CC-BY-4.0, CC-BY-SA-4.0, CC0-1.0 (the authors are in the names of the files)
    lomiri-wallpapers-20.04       CC-BY-SA-3.0
    mate-backgrounds              GPL-2+
    plasma-workspace-wallpapers   GPL-2+
    ukui-wallpapers               CC-BY-SA-3.0
    scikit-image 0.16.2           astronaut: NASA, public domain; coffee, chelsea, rocket: CC0
    scikit-learn 1.5.2            china.jpg, flower.jpg: CC-BY-2.0 (Flickr: danielbuechele, vultilion)
"""

import io
import pathlib
import subprocess
import sys
import tarfile
import zipfile

import numpy as np
from PIL import Image

SIDE = 256
SHORT_SIDES = (1080, 800, 640, 480, 360, 270)
TURNS = (None, Image.ROTATE_90, Image.ROTATE_180, Image.ROTATE_270)
#: mean absolute difference of neighbouring pixels, of 255, below which a square is left out
LEAST_DETAIL = 2.5

LOMIRI_16 = ["Bridge_by_Sander_Klootwijk", "Dragonfly_by_Bolly", "Picture_0B_by_freespace", "Picture_1A_by_freespace",
             "Wine_by_Jakkub_Mede", "aitzgorri_by_Aitzol_Berasategi", "free_by_Peter_Nerlich",
             "friends_by_Aitzol_Berasategi", "greentock_by_Peter_Nerlich", "life_by_Aitzol_Berasategi",
             "picosdeeuropa_by_Aitzol_Berasategi", "seeding_by_Clements_Engelhardt", "sunset_by_Aitzol_Berasategi"]
MATE = ["Aqua", "Blinds", "Dune", "FreshFlower", "Garden", "GreenMeadow", "LadyBird", "RainDrops", "Storm", "TwoWings",
        "Wood", "YellowFlower"]
PLASMA = ["BytheWater", "ColdRipple", "ColorfulCups", "EveningGlow", "FallenLeaf", "Grey", "Kite", "OneStandsOut", "Path",
          "summer_1am"]

BACKGROUNDS = "usr/share/backgrounds"
#: what is taken of each package
TAKEN = {
    "gnome-backgrounds": [f"{BACKGROUNDS}/gnome/{name}.webp" for name in ("licorice-l", "grid-l")],
    "lomiri-wallpapers-16.04": [f"{BACKGROUNDS}/{name}.jpg" for name in LOMIRI_16],
    "lomiri-wallpapers-20.04": [f"{BACKGROUNDS}/{name}.jpg" for name in ("Kleiber_by_Lukas_Baubkus", "Painting-Colors_by__herobrine7gamer")],
    "mate-backgrounds": [f"{BACKGROUNDS}/mate/nature/{name}.jpg" for name in MATE]
    + [f"{BACKGROUNDS}/mate/abstract/Elephants_3840x2160.jpg"],
    "plasma-workspace-wallpapers": [f"usr/share/wallpapers/{name}/contents/images/2560x1600.jpg" for name in PLASMA]
    + ["usr/share/wallpapers/SafeLanding/contents/images/5120x2880.jpg"],
    "ukui-wallpapers": [f"{BACKGROUNDS}/string.jpg"],
    "scikit_image": [f"skimage/data/{name}" for name in ("astronaut.png", "coffee.png", "chelsea.png", "rocket.jpg")],
    "scikit_learn": [f"sklearn/datasets/images/{name}.jpg" for name in ("china", "flower")],
}


def files(package):
    """a function that gives the bytes of a file in a .deb or a .whl"""
    if package.suffix == ".whl":
        return zipfile.ZipFile(package).read
    data = subprocess.run(["dpkg-deb", "--fsys-tarfile", package], check=True, capture_output=True).stdout
    archive = tarfile.open(fileobj=io.BytesIO(data))
    return lambda name: archive.extractfile(f"./{name}").read()


def squares(picture):
    """squares that cover the picture, overlapping where they must"""
    width, height = picture.size
    places = lambda length: np.linspace(0, length - SIDE, -(-length // SIDE)).astype(int)
    for top in places(height):
        for left in places(width):
            yield picture.crop((left, top, left + SIDE, top + SIDE))


def detail(square):
    values = np.asarray(square, np.float32)
    return (np.abs(np.diff(values, axis=0)).mean() + np.abs(np.diff(values, axis=1)).mean()) / 2


def main():
    packages, output = map(pathlib.Path, sys.argv[1:])
    output.mkdir(parents=True)
    for name, wanted in TAKEN.items():
        [package] = [path for path in packages.iterdir() if path.name.startswith(f"{name}_" if "-" in name else f"{name}-")]
        read, kept = files(package), 0
        for path in wanted:
            picture = Image.open(io.BytesIO(read(path))).convert("RGB")
            short, name_of = min(picture.size), path.removeprefix("usr/share/").replace("/", "_").rsplit(".", 1)[0]
            for side in sorted({min(side, short) for side in SHORT_SIDES}):
                size = [round(length * side / short) for length in picture.size]
                reduced = picture.resize(size, Image.LANCZOS)
                for at, square in enumerate(squares(reduced)):
                    if detail(square) >= LEAST_DETAIL:
                        turn = TURNS[kept % len(TURNS)]
                        square = square if turn is None else square.transpose(turn)
                        square.save(output / f"{name_of}-{side}-{at:02}.png")
                        kept += 1
        print(f"{package.name}: {len(wanted)} pictures, {kept} squares")


if __name__ == "__main__":
    main()
