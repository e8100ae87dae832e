"""What a replica can hold, and how long it computes: from a GPU and a language model.

Formulas are those that engines and simulators use, written beside their numbers; nothing here is measured on your
machines. `--kv-blocks` and `--latency` replace any of it.
"""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import numpy.typing as npt

from cachelens.errors import UsageError
from cachelens.fleet.tables import BYTES, Gpu, Llm, Number
from cachelens.fleet.tables import gpu as gpu_named
from cachelens.fleet.tables import llm as llm_named

UTILISATION = 0.92
"""Part of a GPU's memory that the engine takes (vLLM 0.33.0: `gpu_memory_utilization`)."""
OVERHEAD_GIB = 4.0
"""Memory of each GPU that is neither weights nor cache: activations, compiled graphs, communication.

Worked out from two published capacities (307,328 tokens of Qwen3 32B on two H100, 461,376 of Llama 3.1 70B on four,
both at 0.9): 4.0 GiB each. AIConfigurator reserves 3.5 GiB, and 0.34 GiB for communication.
"""
REQUEST_US = 15_600.0
STEP_US = 126.0
LAYER_US = 32.0
"""What a step costs before it computes anything: of the server, of the step, of each layer (BLIS, trained-physics)."""
WINDOWED_CONTEXT = 8192
"""Tokens of a typical prompt, for models of which some layers keep only the last ones."""
_GIB = 1 << 30


@dataclasses.dataclass(frozen=True, kw_only=True)
class Capacity:
    """What one replica can hold."""

    bytes_per_token: float
    """Of the whole replica, copies on several GPUs counted once."""
    weights_bytes: float
    kv_bytes: float
    """Memory of the cache, on all GPUs of the replica."""
    tokens: int
    blocks: int


@dataclasses.dataclass(frozen=True, kw_only=True)
class Latency:
    """How long a replica computes, in microseconds.

    A step with `n` new tokens behind `p` cached ones takes `step + per_token * n + per_pair * n * (p + n / 2)`; a token
    of every running answer takes `decode + per_running * requests + per_held * tokens`.
    """

    step: float
    per_token: float
    per_pair: float
    decode: float
    per_running: float
    per_held: float

    def array(self) -> npt.NDArray[np.float64]:
        """Return the coefficients in the order of `kernels.fleet_arrays`, from `T0` to `PER_HELD`."""
        return np.array(dataclasses.astuple(self), dtype=np.float64)


def kv_bytes(llm: Llm, tokens: int, *, kv: Number = Number.BF16, copies_over: int = 1) -> float:
    """Return what a context of some tokens takes in the cache of a replica of `copies_over` GPUs.

    Keys and values: `2 * layers * kv_heads * head_dim` numbers a token; with fewer heads than GPUs every GPU keeps one,
    so heads are copied. Latent attention keeps `layers * (kv_rank + rope_dim)`, a copy on every GPU. Layers with a
    window keep no more than its tokens.
    """
    size = BYTES[kv]
    if llm.latent:
        width = llm.latent.kv_rank + llm.latent.rope_dim
        return llm.layers * width * size * tokens * copies_over
    heads = math.ceil(llm.kv_heads / copies_over) * copies_over
    windowed = llm.window.layers if llm.window else 0
    kept = min(tokens, llm.window.tokens) if llm.window else 0
    return 2 * heads * llm.head_dim * size * ((llm.layers - windowed) * tokens + windowed * kept)


def capacity(
    gpu: str,
    llm: str,
    *,
    block_size: int,
    tensor_parallel: int = 1,
    utilisation: float = UTILISATION,
    weights: str = "",
    kv: str = "bf16",
    context: int = WINDOWED_CONTEXT,
) -> Capacity:
    """Return how much one replica of `tensor_parallel` GPUs can hold, as vLLM works it out.

    Memory times `utilisation`, less the weights and `OVERHEAD_GIB` a GPU, over the bytes of a block; one block is kept
    back. `weights` and `kv` are formats of numbers where they differ from the model's own and from bf16. `context` is
    the length of a typical prompt, which matters only where layers have windows. `UsageError` where the model does not
    fit.
    """
    card, model = gpu_named(gpu), llm_named(llm)
    _check(tensor_parallel, utilisation, block_size)
    offered = utilisation * card.memory_gib * _GIB * tensor_parallel
    overhead = OVERHEAD_GIB * _GIB * tensor_parallel
    taken = weight_bytes(model, weights)
    left = offered - overhead - taken
    per_rank = kv_bytes(model, context, kv=_number(kv), copies_over=tensor_parallel) / context
    blocks = int(left / (per_rank * block_size)) - 1
    if blocks < 1:
        least = math.ceil(taken / (utilisation * card.memory_gib * _GIB - OVERHEAD_GIB * _GIB))
        raise UsageError(
            f"{model.name} does not fit: its weights take {taken / _GIB:,.0f} GiB, "
            f"{tensor_parallel} x {card.name} leave {max(0.0, offered - overhead) / _GIB:,.0f} GiB",
            hint=f"take at least {max(least, tensor_parallel + 1)} GPUs a replica, larger ones, or fp8 weights",
        )
    return Capacity(
        bytes_per_token=kv_bytes(model, context, kv=_number(kv)) / context,
        weights_bytes=taken,
        kv_bytes=left,
        tokens=blocks * block_size,
        blocks=blocks,
    )


def latency(gpu: str, llm: str, *, tensor_parallel: int = 1, weights: str = "", kv: str = "bf16") -> Latency:
    """Return how long one replica of `tensor_parallel` GPUs computes: a roofline with the GPU's usual utilisation.

    * a new token: `2 * active / (GPUs * peak * mfu_prefill)`, the peak that of the weights' format;
    * a pair of a new token and one before it: `2 * layers * heads * (query_dim + value_dim)` over the same divisor in
      bf16, which is `4 * layers * heads * head_dim` where both are the head's; layers with a window see as many tokens
      as it holds, and belong to the cost of a token;
    * a step: `REQUEST_US + STEP_US + LAYER_US * layers`;
    * a token of all answers: reading the weights, `weights / (GPUs * bandwidth)`, all experts of a mixture, which a
      batch of some dozens touches; `STEP_US + LAYER_US * layers`; for each answer
      `2 * active / (GPUs * peak * mfu_decode)`; for each token held its bytes over the bandwidth.

    Form and constants: BLIS, sim/latency (inference-sim/inference-sim @f90a1e3a). Communication between GPUs is left
    out.
    """
    card, model = gpu_named(gpu), llm_named(llm)
    _check(tensor_parallel, 1.0, 1)
    peak = tensor_parallel * _peak(card, _number(weights) if weights else model.weights)
    attention = tensor_parallel * card.tflops[Number.BF16] * 1e12 * card.mfu_prefill
    windowed = model.window.layers if model.window else 0
    dims = model.latent.query_dim + model.latent.value_dim if model.latent else 2 * model.head_dim
    pair = 2 * model.heads * dims / attention
    seen = model.window.tokens if model.window else 0
    bandwidth = card.bandwidth_gb_s * 1e9 * tensor_parallel
    held = kv_bytes(model, WINDOWED_CONTEXT, kv=_number(kv), copies_over=tensor_parallel) / WINDOWED_CONTEXT
    launch = STEP_US + LAYER_US * model.layers
    return Latency(
        step=REQUEST_US + launch,
        per_token=1e6 * (2 * model.active_b * 1e9 / (peak * card.mfu_prefill) + windowed * seen * pair),
        per_pair=1e6 * (model.layers - windowed) * pair,
        decode=launch + 1e6 * weight_bytes(model, weights) / bandwidth,
        per_running=1e6 * 2 * model.active_b * 1e9 / (peak * card.mfu_decode),
        per_held=1e6 * held / bandwidth,
    )


def weight_bytes(llm: Llm, weights: str = "") -> float:
    """Return what the weights take, in the model's own format or another."""
    if not weights and llm.weights_gib:
        return llm.weights_gib * _GIB
    return llm.parameters_b * 1e9 * BYTES[_number(weights) if weights else llm.weights]


def _peak(card: Gpu, weights: Number) -> float:
    """Return the operations a second of a GPU for weights of a format; one that it lacks is computed in a wider one."""
    order = {Number.BF16: (), Number.FP8: (Number.FP8,), Number.FP4: (Number.FP4, Number.FP8)}
    wanted = order.get(weights, (Number.FP4, Number.FP8))
    found = next((card.tflops[number] for number in wanted if number in card.tflops), card.tflops[Number.BF16])
    return found * 1e12


def _number(text: str) -> Number:
    try:
        return Number(text)
    except ValueError:
        raise UsageError(f"{text!r} is no format of numbers", hint=f"choose from: {', '.join(Number)}") from None


def _check(tensor_parallel: int, utilisation: float, block_size: int) -> None:
    if tensor_parallel < 1:
        raise UsageError(f"a replica of {tensor_parallel} GPUs cannot be", hint="give 1 or more")
    if not 0 < utilisation <= 1:
        raise UsageError(f"{utilisation} of the memory cannot be used", hint="give a share above 0, up to 1")
    if block_size < 1:
        raise UsageError(f"{block_size} tokens is no block size", hint="give 1 or more")
