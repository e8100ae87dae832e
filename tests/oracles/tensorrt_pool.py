"""TensorRT-LLM's block manager, block by block: free lists by priority, a host that gets what the device evicts."""

from __future__ import annotations

import dataclasses

from tests.oracles.fleet_traffic import SIZE, Block, Request, Traffic


@dataclasses.dataclass(frozen=True)
class Retention:
    host: int = 0
    answers: int = 35
    head_tokens: int = 0
    head: int = 100
    head_ms: int = 0


class PlainTensorrt:
    def __init__(self, traffic: Traffic, capacity: int, retention: Retention) -> None:
        self.traffic, self.capacity, self.retention = traffic, capacity, retention
        self.free: dict[int, list[Block]] = {}
        self.holders: dict[Block, int] = {}
        """Of each block on the device."""
        self.priority: dict[Block, int] = {}
        self.expires: dict[Block, int] = {}
        self.away: dict[int, list[Block]] = {}
        """The host's free lists by priority."""
        self.private = 0

    @property
    def hosted(self) -> list[Block]:
        return [block for queue in self.away.values() for block in queue]

    @property
    def idle(self) -> int:
        return sum(len(queue) for queue in self.free.values())

    @property
    def busy(self) -> int:
        return self.private + sum(count > 0 for count in self.holders.values())

    def refresh(self, now: int) -> None:
        queue = self.free.get(self.retention.head, [])
        for block in list(queue):
            if self.retention.head_ms and self.priority[block] != 35 and self.expires[block] <= now:
                queue.remove(block)
                self.priority[block] = 35
                self.free.setdefault(35, []).append(block)

    def claim(self, block: Block) -> None:
        if self.holders.get(block, 0) == 0 and block in self.holders:
            self.free[self.priority[block]].remove(block)
        self.holders[block] = self.holders.get(block, 0) + 1

    def release(self, block: Block) -> None:
        self.holders[block] -= 1
        if self.holders[block] == 0:
            self.free.setdefault(self.priority[block], []).append(block)

    def evict(self) -> Block:
        priority = min(level for level, queue in self.free.items() if queue)
        block = self.free[priority].pop(0)
        del self.holders[block]
        if priority >= 30 and self.retention.host:
            if len(self.hosted) == self.retention.host:
                self.away[min(level for level, queue in self.away.items() if queue)].pop(0)
            self.away.setdefault(priority, []).append(block)
        return block

    def bring_back(self, block: Block) -> None:
        for queue in self.away.values():
            if block in queue:
                queue.remove(block)

    def admit(self, request: Request, now: int) -> tuple[int, int, list[Block]]:
        """Return the tokens that need no prefill, the blocks of them that come from the host, and what was evicted."""
        prompt = self.traffic.blocks(request.runs)
        near = far = 0
        hosted = self.hosted
        for block in prompt:
            if block in self.holders and far == 0:
                near += 1
            elif block in hosted:
                far += 1
            else:
                break
        fresh = request.need - near
        if fresh > self.capacity - self.busy - sum(self.holders[block] == 0 for block in prompt[:near]):
            return -1, 0, []
        self.refresh(now)
        most = (request.tokens - 1) // SIZE
        for block in prompt[:near]:
            self.claim(block)
        for block in prompt:
            self.bring_back(block)
        evicted = [self.evict() for _ in range(fresh - (self.capacity - self.busy - self.idle))]
        for block in prompt[near:]:
            self.claim(block)
        self.private += request.need - len(prompt)
        place = 0
        for run in request.runs:
            for block in self.traffic.blocks((run,)):
                head = place < self.retention.head_tokens and self.retention.head > 35
                self.priority[block] = self.retention.head if head else 35
            place += self.traffic.length[run] * SIZE
        return min(most, near + far) * SIZE, min(most, near + far) - min(most, near), evicted

    def finish(self, request: Request, now: int) -> None:
        prompt, answer = self.traffic.blocks(request.runs), self.traffic.blocks(request.answer)
        self.private -= request.need - len(prompt)
        for run in request.answer:
            new = not any(block in self.holders for block in self.traffic.blocks((run,)))
            for block in self.traffic.blocks((run,)):
                self.bring_back(block)
                self.claim(block)
                if new:
                    self.priority[block] = self.retention.answers
                else:
                    self.priority[block] = self.priority[(run, 0)]
        for block in prompt:
            self.expires[block] = now + self.retention.head_ms
        for block in reversed(prompt + answer):
            self.release(block)
