"""Records of workshop reports, on gemini-2.5-flash, five evenings a week."""

from __future__ import annotations

from collections.abc import Iterator

from scripts.fixture_week.calls import Call, Json, at, ids, spelled
from scripts.fixture_week.dice import LETTERS, Dice
from scripts.fixture_week.texts import workshop
from tests.oracles.provider_caches import OReq, OUse

MODEL = "gemini-2.5-flash"
RATIO = 1.05
"""Tokens of this model per token of the reference tokenizer, as made up here."""

REPORTS = (
    "EC2, {km} km, yearly inspection. Pads rear at 1 mm, chain 0.75. Pads and chain changed, brake bled. Light ok. {h} h.",
    "Kunde klagt über Knacken. Tretlager lose, nachgezogen, Probefahrt {km} km Stand. Kette 0.5 gelassen. Arbeitszeit {h} Std.",
    "ET1 {km} km. Accu 78 %, display geeft E512, update gedaan, fout weg. Band achter vervangen. {h} uur.",
    "CG1 po pádu, {km} km. Vidlice ohnutá, nevyměněno, kolo zadrženo. Řídítka v pořádku. {h} h.",
    "TK2, {km} km: front wheel out of true after kerb, two spokes replaced. Rack bolt missing, fitted. {h} h. Customer says 900 km.",
)  # fmt: skip
SAID = (
    "{km} km, yearly inspection.\n- BK-31 pads rear at 1 mm - replaced, brake bled\n- CH-22 gauge 0.75 - chain replaced\nHours: {h}\nWatch: nothing",
    "{km} km, noise at the crank.\n- CR-42 loose - tightened, test ride\nHours: {h}\nWatch: chain, gauge 0.5",
    "{km} km, error E512.\n- DR-51 fault cleared by update\n- WH-12 tyre rear - replaced\nBattery 78 %.\nHours: {h}\nWatch: battery",
    "FK-11 FORK BENT, NOT REPAIRED, BICYCLE KEPT.\n{km} km, after a fall.\nHours: {h}\nWatch: fork",
    "{km} km, wheel hit a kerb.\n- WH-23 out of true - two spokes\n- RK-14 bolt missing - fitted\nHours: {h}\nWatch: nothing\nCHECK: two distances",
)  # fmt: skip


def calls() -> Iterator[Call]:
    """Yield five evenings of reports, one after the other with short pauses."""
    for day, count in enumerate((4, 4, 4, 4, 4)):
        dice = Dice(f"reports {day}")
        start = at(day, 19, dice.between(0, 20))
        for _ in range(count):
            yield report(start, dice)
            start += dice.between(4_000, 60_000) * 1_000


def report(start_us: int, dice: Dice) -> Call:
    """Return the call that condenses one report."""
    kind = dice.between(0, len(REPORTS) - 1)
    known = {"km": dice.between(400, 9_800), "h": dice.between(1, 9) / 4}
    text, said = REPORTS[kind].format(**known), SAID[kind].format(**known)
    request: Json = {
        "systemInstruction": {"parts": [{"text": workshop()}]},
        "contents": [{"role": "user", "parts": [{"text": text}]}],
        "generationConfig": {"maxOutputTokens": 400, "temperature": 0.2},
    }
    first = dice.between(500, 1_600) * 1_000
    output = round(len(ids(said)) * RATIO)
    return Call(
        at_us=start_us,
        first_us=first,
        last_us=first + output * 9_000,
        workload="workshop-reports",
        url=f"/v1beta/models/{MODEL}:generateContent",
        request=request,
        prompt=OReq(
            start_us,
            start_us + first,
            (spelled(workshop(), "system", "s"), spelled(text, "text", "u")),
            (),
            MODEL,
        ),
        answer=response,
        details={"metadata": {"batch": f"evening-{start_us // 86_400_000_000 + 1}"}},
        output=output,
        said=said,
        response_id=dice.code(22, LETTERS),
    )


def response(call: Call, use: OUse) -> Json:
    """Return what generateContent answers; the count of cached tokens is left out when it is zero."""
    usage: Json = {
        "promptTokenCount": use.total,
        "candidatesTokenCount": call.output,
        "totalTokenCount": use.total + call.output,
        "promptTokensDetails": [{"modality": "TEXT", "tokenCount": use.total}],
    }
    if use.read:
        usage["cachedContentTokenCount"] = use.read
        usage["cacheTokensDetails"] = [{"modality": "TEXT", "tokenCount": use.read}]
    candidate = {
        "content": {"role": "model", "parts": [{"text": call.said}]},
        "finishReason": "STOP",
        "index": 0,
    }
    return {
        "candidates": [candidate],
        "usageMetadata": usage,
        "modelVersion": MODEL,
        "responseId": call.response_id,
    }
