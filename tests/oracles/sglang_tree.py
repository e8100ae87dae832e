"""SGLang's radix cache as its source describes it: nodes with keys of blocks, a clock, leaves evicted one at a time."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator

from tests.oracles.fleet_traffic import SIZE, Block, Request, Traffic


class Node:
    def __init__(self, now: int, key: list[Block], parent: Node | None, priority: int) -> None:
        self.key, self.parent, self.priority = key, parent, priority
        self.children: dict[Block, Node] = {}
        self.locks = self.hits = 0
        self.used = self.made = now


ORDERS: dict[str, Callable[[Node], tuple[int, int]]] = {
    "lru": lambda node: (0, node.used),
    "lfu": lambda node: (node.hits, node.used),
    "fifo": lambda node: (0, node.made),
    "mru": lambda node: (0, -node.used),
    "filo": lambda node: (0, -node.made),
    "priority": lambda node: (node.priority, node.used),
    "slru": lambda node: (int(node.hits >= 2), node.used),
}


def shared(one: list[Block], other: list[Block]) -> int:
    count = 0
    for a, b in zip(one, other, strict=False):
        if a != b:
            break
        count += 1
    return count


class PlainSglang:
    def __init__(self, traffic: Traffic, capacity: int, order: str) -> None:
        self.traffic, self.capacity, self.order = traffic, capacity, ORDERS[order]
        self.clock = 0
        self.root = Node(0, [], None, 0)
        self.private = 0
        self.locked: dict[int, Node] = {}

    def now(self) -> int:
        self.clock += 1
        return self.clock

    def nodes(self) -> Iterator[Node]:
        waiting = list(self.root.children.values())
        while waiting:
            node = waiting.pop()
            yield node
            waiting.extend(node.children.values())

    def split(self, node: Node, at: int) -> Node:
        assert node.parent is not None
        upper = Node(self.now(), node.key[:at], node.parent, node.priority)
        upper.hits, upper.locks = node.hits, node.locks
        upper.children = {node.key[at]: node}
        node.parent.children[node.key[0]] = upper
        node.parent, node.key = upper, node.key[at:]
        return upper

    def match(self, key: list[Block]) -> tuple[int, Node]:
        now, node, found = self.now(), self.root, 0
        while key and key[0] in node.children:
            child = node.children[key[0]]
            child.used = now
            same = shared(child.key, key)
            found += same
            if same < len(child.key):
                return found, self.split(child, same)
            node, key = child, key[same:]
        return found, node

    def insert(self, key: list[Block], inserted: int, priority: int) -> int:
        now, node, found = self.now(), self.root, 0
        while key and key[0] in node.children:
            node = node.children[key[0]]
            node.used = now
            same = shared(node.key, key)
            found, key = found + same, key[same:]
            if same < len(node.key):
                node = self.split(node, same)
            node.priority = max(node.priority, priority)
            node.hits += found > inserted
        if key:
            leaf = Node(self.now(), key, node, priority)
            leaf.hits = 1
            node.children[key[0]] = leaf
        return found

    def lock(self, node: Node | None, step: int) -> None:
        while node is not None and node is not self.root:
            node.locks += step
            node = node.parent

    def evict(self, blocks: int) -> list[Block]:
        order = self.order
        leaves = [(order(node), id(node), node) for node in self.nodes() if not node.children and not node.locks]
        heapq.heapify(leaves)
        gone: list[Block] = []
        while len(gone) < blocks:
            _, _, leaf = heapq.heappop(leaves)
            assert leaf.parent is not None
            gone.extend(reversed(leaf.key))
            del leaf.parent.children[leaf.key[0]]
            if leaf.parent is not self.root and not leaf.parent.children and not leaf.parent.locks:
                heapq.heappush(leaves, (order(leaf.parent), id(leaf.parent), leaf.parent))
        return gone

    def would_find(self, key: list[Block]) -> tuple[int, int]:
        """Return the blocks found and those of them that nobody holds, without a trace in the tree."""
        node, found, idle = self.root, 0, 0
        while key and key[0] in node.children:
            node = node.children[key[0]]
            same = shared(node.key, key)
            found, key = found + same, key[same:]
            idle += 0 if node.locks else same
            if same < len(node.key):
                break
        return found, idle

    @property
    def cached(self) -> int:
        return sum(len(node.key) for node in self.nodes())

    @property
    def busy(self) -> int:
        return self.private + sum(len(node.key) for node in self.nodes() if node.locks)

    def admit(self, request: Request) -> tuple[int, list[Block]]:
        prompt = self.traffic.blocks(request.runs)
        lookup = prompt[: (request.tokens - 1) // SIZE]
        found, idle = self.would_find(lookup)
        fresh = request.need - found
        if fresh > self.capacity - self.busy - idle:
            return -1, []
        _, held = self.match(lookup)
        self.lock(held, 1)
        evicted = self.evict(fresh - (self.capacity - self.private - self.cached))
        self.insert(prompt, 0, 0)
        self.private += request.need - len(prompt)
        _, node = self.match(prompt)
        self.lock(node, 1)
        self.lock(held, -1)
        self.locked[id(request)] = node
        return found * SIZE, evicted

    def finish(self, request: Request) -> None:
        prompt = self.traffic.blocks(request.runs)
        whole = prompt + self.traffic.blocks(request.answer)
        self.private -= request.need - len(prompt)
        self.insert(whole, len(prompt), 0)
        if 0 < len(prompt) < len(whole):
            self.insert(prompt, len(prompt), 1)
        self.match(whole)
        self.lock(self.locked.pop(id(request)), -1)
