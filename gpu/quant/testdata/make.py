#!/usr/bin/env python3
"""Makes blocks.zip: what the gguf package (pip install gguf numpy) makes of random blocks.

For each TYPE: TYPE.raw, random blocks, and TYPE.f32, their values. For the
types that we write: TYPE.in, float32 numbers, and TYPE.out, their blocks.
Run it in its own directory; the result is the same every time.
"""

import zipfile

import numpy as np
from gguf import GGMLQuantizationType as T
from gguf.constants import GGML_QUANT_SIZES
from gguf.quants import dequantize, quantize

rng = np.random.default_rng(20240521)

# Where the binary16 fields of a block are: random bytes there would be
# mostly huge, and some not finite.
HALVES = {T.Q4_0: [0], T.Q4_1: [0, 2], T.Q8_0: [0], T.Q4_K: [0, 2], T.Q6_K: [208]}
BLOCKS = {T.F32: 128, T.F16: 2048, T.BF16: 2048, T.Q4_0: 64, T.Q4_1: 64, T.Q8_0: 64, T.Q4_K: 16, T.Q6_K: 16}


def blocks(t):
    """Random blocks (n, bytes) of type t."""
    b = rng.integers(0, 256, (BLOCKS[t], GGML_QUANT_SIZES[t][1]), dtype=np.uint8)
    for at in HALVES.get(t, []):
        d = (rng.standard_normal(len(b)) * 10.0 ** rng.integers(-7, 2, len(b))).astype(np.float16)
        d[:3] = [0, -0.0, 6e-8]  # zeros and the smallest subnormal
        b[:, at : at + 2] = d.view(np.uint8).reshape(-1, 2)
    return b


def numbers(t):
    """Rows (n, 32) of float32: normal numbers of all sizes, equal ones, zeros, ties, the ends of the range."""
    x = (rng.standard_normal((64, 32)) * 10.0 ** rng.integers(-9, 4, (64, 1))).astype(np.float32)
    x[0] = 0
    x[1] = -0.75
    x[2] = np.arange(32) * 4 - 62.5  # ties of Q8_0: with 127 the scale is 1
    x[2, 0] = 127
    x[3] = np.arange(32) / 4 - 4  # ties of Q4_0: with -8 the scale is 1
    x[3, 0] = -8
    x[4] = 1e-30  # the scale becomes 0
    if t in (T.F16, T.BF16):
        edges = np.array([65504, 65519.996, 65520, 1e6, np.inf, 2.0**-14, 2.0**-24, 2.0**-25, 2.0**-25 * 1.0001, 3 * 2.0**-25,
                          1 + 2.0**-11, 1 + 3 * 2.0**-11, 1 + 2.0**-8, 1 + 3 * 2.0**-8, 3.4028235e38, 1e-45], dtype=np.float32)
        x[5] = np.concatenate([edges, -edges])
        x[6:32] = rng.integers(0, 2**32, (26, 32), dtype=np.uint32).view(np.float32)
    return x


with np.errstate(all="ignore"), zipfile.ZipFile("blocks.zip", "w") as z:

    def put(name, a):
        info = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
        info.compress_type = zipfile.ZIP_DEFLATED
        z.writestr(info, np.ascontiguousarray(a).tobytes(), compresslevel=9)

    for t in BLOCKS:
        b = blocks(t)
        put(f"{t.name}.raw", b)
        put(f"{t.name}.f32", dequantize(b, t))
    for t in [T.F16, T.BF16, T.Q8_0, T.Q4_0]:
        x = numbers(t)
        put(f"{t.name}.in", x)
        put(f"{t.name}.out", quantize(x, t))
