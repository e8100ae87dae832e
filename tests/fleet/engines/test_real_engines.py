"""The plain models against vLLM's own block pool and SGLang's own radix cache, where these are installed.

Neither is a dependency; both need a large environment, so these tests are skipped nearly everywhere.
"""

from __future__ import annotations

from array import array
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given

from tests.oracles.fleet_traffic import SIZE, Block, Request, Traffic, play, traffics
from tests.oracles.sglang_tree import ORDERS, PlainSglang
from tests.oracles.vllm_pool import PlainVllm

# What comes from the real engines has no types here.
# ruff: noqa: ANN401


class RealVllm:
    """vLLM's block pool, called as its manager of a single group does."""

    def __init__(self, traffic: Traffic, capacity: int) -> None:
        module: Any = pytest.importorskip("vllm.v1.core.block_pool")
        self.traffic = traffic
        self.pool = module.BlockPool(capacity + 1, enable_caching=True, hash_block_size=SIZE)
        self.running: dict[int, list[Any]] = {}

    def hashes(self, runs: tuple[int, ...]) -> list[bytes]:
        return [repr(block).encode() for block in self.traffic.blocks(runs)]

    def cache(self, held: list[Any], hashes: list[bytes], first: int, stop: int) -> None:
        request = SimpleNamespace(block_hashes=hashes, request_id="", lora_request=None, all_token_ids=[])
        self.pool.cache_full_blocks(request, held, first, stop, SIZE, 0)

    def admit(self, request: Request) -> int:
        hashes = self.hashes(request.runs)
        held = []
        for one in hashes[: (request.tokens - 1) // SIZE]:
            found = self.pool.get_cached_block(one, [0])
            if not found:
                break
            held.append(found[0])
        hit = len(held)
        fresh = request.need - hit
        if fresh > self.pool.get_num_free_blocks() - sum(block.ref_cnt == 0 for block in held):
            return -1
        self.pool.touch(held)
        held += self.pool.get_new_blocks(fresh)
        if hit < len(hashes):
            self.cache(held, hashes, hit, len(hashes))
        self.running[id(request)] = held
        return hit * SIZE

    def finish(self, request: Request) -> None:
        held = self.running.pop(id(request))
        hashes = self.hashes(request.runs + request.answer)
        first = len(self.traffic.blocks(request.runs))
        if first < len(hashes):
            self.cache(held, hashes, first, len(hashes))
        self.pool.free_blocks(reversed(held))

    def cached(self, block: Block) -> bool:
        return bool(self.pool.get_cached_block(repr(block).encode(), [0]))


@given(traffics())
def test_the_plain_pool_is_vllms(traffic: Traffic) -> None:
    real, plain = RealVllm(traffic, traffic.capacity), PlainVllm(traffic, traffic.capacity, copies=True)

    def admit(request: Request) -> bool:
        hit, _ = plain.admit(request)
        assert real.admit(request) == hit
        same()
        return hit >= 0

    def finish(request: Request) -> None:
        plain.finish(request)
        real.finish(request)
        same()

    def same() -> None:
        for block in traffic.blocks(tuple(range(len(traffic.length)))):
            assert real.cached(block) == (block in plain.by_hash)
        assert real.pool.get_num_free_blocks() == len(plain.free)

    play(traffic, admit, finish)


class RealSglang:
    """SGLang's radix cache, called as `checkpoint` and `release_kv_cache` do, one token for a block."""

    def __init__(self, traffic: Traffic, order: str, monkeypatch: pytest.MonkeyPatch) -> None:
        self.module: Any = pytest.importorskip("sglang.srt.mem_cache.radix_cache")
        self.base: Any = pytest.importorskip("sglang.srt.mem_cache.base_prefix_cache")
        utils: Any = pytest.importorskip("sglang.srt.mem_cache.utils")
        ticks = iter(range(1 << 30))
        clock = SimpleNamespace(monotonic=lambda: next(ticks), perf_counter=lambda: 0.0)
        monkeypatch.setattr(self.module, "time", clock)
        self.traffic = traffic
        allocator = SimpleNamespace(device="cpu", free_segment=lambda *_, **__: None)
        self.cache = self.module.RadixCache.create_simulated(mock_allocator=allocator)
        self.cache.eviction_strategy = utils.get_eviction_strategy(order, None)
        self.private = 0
        self.locked: dict[int, Any] = {}

    def key(self, blocks: list[Block]) -> Any:
        return self.module.RadixKey(array("q", [run * 1000 + place for run, place in blocks]))

    def match(self, blocks: list[Block]) -> Any:
        return self.cache.match_prefix(self.base.MatchPrefixParams(key=self.key(blocks)))

    def insert(self, blocks: list[Block], inserted: int, priority: int) -> None:
        self.cache.insert(
            self.base.InsertParams(key=self.key(blocks), inserted_len=inserted, priority=priority),
        )

    def admit(self, request: Request, capacity: int) -> int:
        prompt = self.traffic.blocks(request.runs)
        found = self.match(prompt[: (request.tokens - 1) // SIZE])
        self.cache.inc_lock_ref(found.last_device_node)
        kept = self.cache.evictable_size() + self.cache.protected_size()
        short = request.need - found.device_prefix_len - (capacity - self.private - kept)
        if short > 0:
            self.cache.evict(self.base.EvictParams(num_tokens=short))
        self.insert(prompt, 0, 0)
        self.private += request.need - len(prompt)
        node = self.match(prompt).last_device_node
        self.cache.inc_lock_ref(node)
        self.cache.dec_lock_ref(found.last_device_node)
        self.locked[id(request)] = node
        return int(found.device_prefix_len) * SIZE

    def finish(self, request: Request) -> None:
        prompt = self.traffic.blocks(request.runs)
        whole = prompt + self.traffic.blocks(request.answer)
        self.private -= request.need - len(prompt)
        self.insert(whole, len(prompt), 0)
        if len(prompt) < len(whole):
            self.insert(prompt, len(prompt), 1)
        self.match(whole)
        self.cache.dec_lock_ref(self.locked.pop(id(request)))

    def nodes(self) -> set[tuple[tuple[int, ...], int, int, int]]:
        waiting, result = list(self.cache.root_node.children.values()), set()
        while waiting:
            node = waiting.pop()
            result.add((tuple(node.key.raw_token_ids()), node.lock_ref, node.hit_count, node.priority))
            waiting.extend(node.children.values())
        return result


@pytest.mark.parametrize("order", list(ORDERS))
@given(traffic=traffics())
def test_the_plain_tree_is_sglangs(order: str, traffic: Traffic) -> None:
    with pytest.MonkeyPatch.context() as monkeypatch:
        real, plain = RealSglang(traffic, order, monkeypatch), PlainSglang(traffic, traffic.capacity, order)

        def admit(request: Request) -> bool:
            hit, _ = plain.admit(request)
            if hit >= 0:
                assert real.admit(request, traffic.capacity) == hit
            same()
            return hit >= 0

        def finish(request: Request) -> None:
            plain.finish(request)
            real.finish(request)
            same()

        def same() -> None:
            assert real.nodes() == {
                (tuple(run * 1000 + place for run, place in node.key), node.locks, node.hits, node.priority)
                for node in plain.nodes()
            }

        play(traffic, admit, finish)
