"""vLLM's block pool as its source describes it: physical blocks, one free queue, hashes that may have copies."""

from __future__ import annotations

from tests.oracles.fleet_traffic import SIZE, Block, Request, Traffic


class PlainVllm:
    """A list of free blocks, the first of which is reused first.

    With `copies`, a block that is computed twice stands in the pool twice, as it does in vLLM; without, a block that is
    cached already is taken instead.
    """

    def __init__(self, traffic: Traffic, capacity: int, *, copies: bool) -> None:
        self.traffic, self.copies = traffic, copies
        self.free = list(range(capacity))
        self.hash_of: dict[int, Block] = {}
        self.by_hash: dict[Block, list[int]] = {}
        self.holders = [0] * capacity
        self.running: dict[int, list[int]] = {}

    def would_copy(self, request: Request) -> bool:
        return any(block in self.by_hash for block in self.traffic.blocks(request.answer))

    def cached(self, request: Request) -> int:
        count = 0
        for block in self.traffic.blocks(request.runs):
            if block not in self.by_hash:
                break
            count += 1
        return count

    def admit(self, request: Request) -> tuple[int, list[Block]]:
        prompt = self.traffic.blocks(request.runs)
        findable = min(self.cached(request), (request.tokens - 1) // SIZE)
        taken = findable if self.copies else self.cached(request)
        held = [self.by_hash[block][0] for block in prompt[:taken]]
        fresh = max(0, request.need - taken)
        if fresh > len(self.free) - sum(self.holders[one] == 0 for one in held):
            return -1, []
        for one in held:
            if self.holders[one] == 0:
                self.free.remove(one)
            self.holders[one] += 1
        evicted = []
        for place in range(taken, taken + fresh):
            one = self.free.pop(0)
            if one in self.hash_of:
                evicted.append(self.forget(one))
            self.holders[one] = 1
            held.append(one)
            if place < len(prompt):
                self.remember(one, prompt[place])
        self.running[id(request)] = held
        return findable * SIZE, evicted

    def forget(self, one: int) -> Block:
        block = self.hash_of.pop(one)
        self.by_hash[block].remove(one)
        if not self.by_hash[block]:
            del self.by_hash[block]
        return block

    def remember(self, one: int, block: Block) -> None:
        self.hash_of[one] = block
        self.by_hash.setdefault(block, []).append(one)

    def finish(self, request: Request) -> None:
        held = self.running.pop(id(request))
        first = len(self.traffic.blocks(request.runs))
        for place, block in enumerate(self.traffic.blocks(request.answer), start=first):
            if self.copies or block not in self.by_hash:
                self.remember(held[place], block)
                continue
            known = self.by_hash[block][0]
            if self.holders[known] == 0:
                self.free.remove(known)
            self.holders[known] += 1
            self.holders[held[place]] = 0
            self.free.insert(0, held[place])
            held[place] = known
        for one in reversed(held):
            self.holders[one] -= 1
            if self.holders[one] == 0:
                self.free.insert(len(self.free) if one in self.hash_of else 0, one)

    def present(self, run: int) -> int:
        return sum((run, place) in self.by_hash for place in range(self.traffic.length[run]))

    def held(self, run: int) -> bool:
        return any(self.holders[one] and block[0] == run for one, block in self.hash_of.items())

    @property
    def busy(self) -> int:
        return sum(count > 0 for count in self.holders)
