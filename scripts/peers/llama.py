"""Measures llama.cpp's CPU backend at depths, through llama-cpp-python.

Prints a line of JSON when ready; then waits for a line on the standard input
before each depth and prints one of JSON after it. The standard error has
llama.cpp's log and how many tokens are read.
"""

import argparse
import json
import statistics
import sys
import time

import llama_cpp
from llama_cpp import llama_cpp as low

options = argparse.ArgumentParser(description=__doc__)
options.add_argument("--model", required=True)
options.add_argument("--depth", required=True, help="tokens in the cache at which to measure, rising, with commas")
options.add_argument("--decode", type=int, required=True, help="tokens to decode behind each depth")
options.add_argument("--threads", type=int, required=True)
options.add_argument("--flash", choices=["on", "off"], required=True, help="flash attention")
options = options.parse_args()
depths = [int(depth) for depth in options.depth.split(",")]

BATCH, MICROBATCH = 2048, 512  # tokens given and computed at once: llama.cpp's defaults; others were no faster
WARM = 512  # tokens read before anything but that is measured

low.llama_backend_init()
model_params = low.llama_model_default_params()
model_params.n_gpu_layers = 0
model = low.llama_model_load_from_file(options.model.encode(), model_params)
if not model:
    sys.exit(f"llama.cpp cannot load {options.model}")
vocabulary = low.llama_vocab_n_tokens(low.llama_model_get_vocab(model))

# Keys and values are halves, which is the default.
params = low.llama_context_default_params()
params.n_ctx = depths[-1] + len(depths) * (options.decode + 1) + WARM
params.n_batch, params.n_ubatch = BATCH, MICROBATCH
params.n_threads = params.n_threads_batch = options.threads
params.flash_attn_type = 1 if options.flash == "on" else 0
context = low.llama_init_from_model(model, params)
if not context:
    sys.exit("llama.cpp cannot make a context")

position = 0


def read(depth):
    """Reads up to depth; returns the seconds that it took."""
    global position
    begin = time.perf_counter()
    while position < depth:
        n = min(BATCH, depth - position)
        ids = (low.llama_token * n)(*((7919 * (position + i)) % vocabulary for i in range(n)))
        if code := low.llama_decode(context, low.llama_batch_get_one(ids, n)):
            sys.exit(f"llama.cpp: error {code} at position {position}")
        position += n
        if n > 1:
            low.llama_synchronize(context)
            print(f"{position:,} of {depths[-1]:,} tokens", file=sys.stderr, flush=True)
    low.llama_synchronize(context)
    return time.perf_counter() - begin


read(WARM)
read(WARM + 2)
low.llama_memory_clear(low.llama_get_memory(context), True)
position = 0

print(json.dumps({"version": llama_cpp.__version__, "system": low.llama_print_system_info().decode()}), flush=True)
tokens, seconds = 0, 0.0
for depth in depths:
    if not sys.stdin.readline():
        sys.exit("the standard input has no line for the next depth")
    tokens += depth - position
    seconds += read(depth)
    read(position + 1)  # as with Fovea, the first step is not measured
    steps = [read(position + 1) for _ in range(options.decode)]
    print(json.dumps({
        "depth": depth,
        "mean_prefill_tokens_per_second": tokens / seconds,
        "decode_tokens_per_second": 1 / statistics.median(steps),
    }), flush=True)
