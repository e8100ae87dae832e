"""The company's prompts: prose from `fixtures/prompts`, tables made here."""

from __future__ import annotations

import functools
from pathlib import Path

from scripts.fixture_week.dice import Dice

PROMPTS = Path(__file__).parents[2] / "fixtures" / "prompts"

ASSEMBLIES = {
    "FK": "fork", "ST": "stem", "HB": "handlebar", "BK": "brake", "CR": "crank", "FR": "frame", "WH": "wheel",
    "DR": "drive unit", "BT": "battery", "DS": "display", "SD": "saddle", "LT": "light", "RK": "rack", "CH": "chain",
}  # fmt: skip
FAULTS = (
    "play", "crack", "dent", "corrosion", "worn", "loose", "bent", "leak", "noise", "no signal", "wet inside",
    "scratched", "missing", "wrong part",
)  # fmt: skip


@functools.cache
def prose(name: str) -> str:
    """Return one of the written prompts."""
    return (PROMPTS / f"{name}.md").read_text(encoding="utf-8").strip()


def damage_codes(count: int) -> str:
    """Return a table of damage codes with hours and parts cost."""
    dice = Dice("damage codes")
    lines = ["code|what|h|EUR"]
    for n in range(count):
        short, name = list(ASSEMBLIES.items())[n % len(ASSEMBLIES)]
        letter = "S" if short in ("FK", "ST", "HB", "BK", "CR") and n % 3 else dice.pick("FC")
        fault = FAULTS[(n // len(ASSEMBLIES) + n) % len(FAULTS)]
        code = f"{letter}-{short}-{n // len(ASSEMBLIES) + 1:02}"
        lines.append(f"{code}|{name}, {fault}|{dice.between(1, 9) / 4}|{dice.between(4, 390)}")
    return "\n".join(lines)


def bins(count: int) -> str:
    """Return a table of storage bins with capacity and what belongs there."""
    dice = Dice("bins")
    lines = ["bin|zone|max|holds"]
    for n in range(count):
        depot = ("LEI", "GRO", "BRN")[n % 3]
        row = "ABCDEFQ"[n // 3 % 7]
        holds = dice.pick(("CT1", "CT2", "TK1", "EC1", "EC2", "ET1", "CG1", "BT5", "BT6", "wheels", "scrap"))
        lines.append(f"{depot}-{row}{n // 21 + 1:02}|{row}{n % 5}|{dice.between(4, 60)}|{holds}")
    return "\n".join(lines)


def part_numbers(count: int) -> str:
    """Return a table of part numbers with the torque range and the codes they go with."""
    dice = Dice("parts")
    lines = ["part|for|Nm|codes"]
    for n in range(count):
        short, name = dice.pick(list(ASSEMBLIES.items()))
        low = dice.between(3, 40)
        codes = " ".join(f"{short}-{dice.between(1, 9)}{dice.between(1, 4)}" for _ in range(2))
        number = f"{dice.between(100, 989)}.{dice.between(100, 989)}.{n:03}"
        lines.append(f"{number}|{name}|{low}-{low + dice.between(1, 9)}|{codes}")
    return "\n".join(lines)


@functools.cache
def operations() -> str:
    """Return the operations agent's system prompt."""
    return f"{prose('operations')}\n\n{damage_codes(112)}\n\n# Bins\n{bins(66)}"


@functools.cache
def workshop() -> str:
    """Return the system prompt for workshop reports."""
    return f"{prose('workshop')}\n\n# Parts and codes\n{part_numbers(194)}"
