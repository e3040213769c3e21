"""The averaged generator of a run of SRVGG as f16 under Real-ESRGAN's names, which other programs read as well.

    python scripts/upscaler/pack.py RUN/checkpoints/step-N/ema.safetensors weights/upscaler-clean.safetensors    # needs safetensors, numpy
"""

import sys

import numpy as np
from safetensors.numpy import load_file, save_file


def name(own, last):
    layer, *rest = own.split(".")
    if layer == "to_image":
        return f"body.{last}.{rest[0]}"
    at, what = rest
    return f"body.{2 * int(at)}.{what}" if layer == "convs" else f"body.{2 * int(at) + 1}.weight"


def main():
    source, target = sys.argv[1:]
    tensors = load_file(source)
    last = 2 * sum(own.startswith("convs.") and own.endswith(".bias") for own in tensors)
    packed = {name(own, last): values.astype(np.float16) for own, values in tensors.items()}
    save_file(dict(sorted(packed.items())), target)
    print(f"{target}: {sum(values.size for values in packed.values())} values")


if __name__ == "__main__":
    main()
