"""Gannet's training steps and networks in bfloat16 beside f32, in alternating runs; the medians' ratio is below 1 where bfloat16 is faster.

    python bench/precision.py --gannet target/release/gannet-bench --rounds 5
"""

import argparse
import json
import statistics
import subprocess

STEP = "--channels 3 --steps 10"
WORK = [
    ("DCGAN-32 step, width 32, batch 64", f"dcgan-step --size 32 --width 32 --batch 64 {STEP}"),
    ("DCGAN-64 step, width 32, batch 64", f"dcgan-step --size 64 --width 32 --batch 64 {STEP}"),
    ("DCGAN-64 step, width 64, batch 64", f"dcgan-step --size 64 --width 64 --batch 64 {STEP}"),
    ("DCGAN-64 step, width 32, batch 32, R1 and R2", f"dcgan-step --size 64 --width 32 --batch 32 --gamma 1 {STEP}"),
    ("SNGAN-32 step, width 16, batch 64", f"sngan-step --size 32 --width 16 --batch 64 {STEP}"),
    ("R3GAN-32 step, width 16, batch 64", f"r3gan-step --size 32 --width 16 --batch 64 {STEP}"),
    ("ESRGAN's network, 4 times, an image of 128 pixels", "rrdb-upscale --size 128 --width 64 --batch 1 --channels 3 --steps 4"),
    ("U-Net of 8 levels, an image of 256 pixels", "unet-translate --size 256 --width 64 --batch 1 --channels 3 --steps 10"),
    ("CycleGAN's generator of 9 blocks, an image of 256 pixels", "resnet-translate --size 256 --width 64 --batch 1 --channels 3 --steps 10"),
    ("fast_neural_style's painter, an image of 512 pixels", "johnson-paint --size 512 --width 32 --batch 1 --channels 3 --steps 10"),
    ("DCGAN-64 images, width 64, batch 64", "dcgan-generate --size 64 --width 64 --batch 64 --channels 3 --steps 20"),
]


def milliseconds(gannet, words):
    output = subprocess.run([gannet, "--work", *words], check=True, capture_output=True, text=True).stdout
    result = json.loads(output.splitlines()[-1])
    return result["median_ms"], result["peak_mb"]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--gannet", default="target/release/gannet-bench")
    parser.add_argument("--rounds", type=int, default=5)
    args = parser.parse_args()
    print("| work | ratio | bf16, ms | f32, ms | bf16, MB | f32, MB |\n| --- | ---: | ---: | ---: | ---: | ---: |")
    for name, words in WORK:
        rounds = [[milliseconds(args.gannet, words.split() + more) for more in (["--bf16"], [])] for _ in range(args.rounds)]
        (half, half_mb), (single, single_mb) = [[statistics.median(values) for values in zip(*side)] for side in zip(*rounds)]
        print(f"| {name} | **{half / single:.2f}** | {half:.3g} | {single:.3g} | {half_mb:.0f} | {single_mb:.0f} |", flush=True)


if __name__ == "__main__":
    main()
