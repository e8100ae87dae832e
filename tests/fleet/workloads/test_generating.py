"""Workload files become requests: the counts and lengths that they state, and the same ones always."""

import hashlib
from pathlib import Path

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cachelens.errors import UsageError
from cachelens.fleet.requests import FleetRequests
from cachelens.fleet.workloads import Workload, dumped, generate, generated, load
from cachelens.fleet.workloads.fitting import token_hit_rate
from cachelens.fleet.workloads.generating import beginnings
from cachelens.fleet.workloads.spec import Arrivals, Population, Process, Stage, Uniform, Weights

WORKLOADS = Path(__file__).parents[3] / "fixtures" / "workloads"
FILES = sorted(WORKLOADS.glob("*.yaml"))


def workload(*populations: Population, rate: float = 10, seconds: float = 10, common: int = 0) -> Workload:
    arrivals = Arrivals(process=Process.CONSTANT, stages=(Stage(rate=rate, seconds=seconds),))
    return Workload(name="test", common=common, arrivals=arrivals, populations=populations)


def spelt(requests: FleetRequests, run: int) -> tuple[int, ...]:
    """Spell a run out as blocks, a number each."""
    end = int(requests.length[: run + 1].sum())
    return tuple(range(end - int(requests.length[run]), end))


def prompts(requests: FleetRequests) -> list[tuple[int, ...]]:
    """Spell each prompt's runs out, so that equal beginnings are equal."""
    return [
        tuple(
            block for run in requests.runs[requests.start[i] : requests.start[i + 1]] for block in spelt(requests, run)
        )
        for i in range(len(requests))
    ]


def test_a_conversation_grows_by_question_and_answer() -> None:
    """System 100, questions 30, answers 50: prompts of 130, 210 and 290 tokens, 20 s apart."""
    one = Population(name="a", system=100, question=30, answer=50, turns=3, think_s=20)
    requests = generate(workload(one, rate=1, seconds=1), 10)
    assert requests.tokens.tolist() == [130, 210, 290]
    assert requests.arrived.tolist() == [0, 20_000_000, 40_000_000]
    assert requests.session.tolist() == [0, 0, 0]
    first, second, third = prompts(requests)
    assert third[:13] == first
    assert third[:21] == second
    answers = [requests.runs[a:b] for a, b in zip(requests.answer_first, requests.answer_stop, strict=True)]
    # the last token of an answer is never computed: of 130 + 49 tokens 17 blocks are full, 13 of them the prompt's
    assert [int(requests.length[runs].sum()) for runs in answers] == [4, 4, 4]
    assert second[13:17] == tuple(block for run in answers[0] for block in spelt(requests, run))


def test_an_answer_that_is_not_remembered_is_in_no_later_prompt() -> None:
    one = Population(name="a", system=100, question=30, answer=50, turns=2, remembered=False)
    requests = generate(workload(one, rate=1, seconds=1), 10)
    assert requests.tokens.tolist() == [130, 160]
    answers = [requests.runs[a:b] for a, b in zip(requests.answer_first, requests.answer_stop, strict=True)]
    assert min(run for runs in answers for run in runs) >= requests.prompt_runs


def test_groups_share_their_system_prompt_and_all_share_what_is_common() -> None:
    one = Population(name="a", groups=2, system=100, question=30, answer=1)
    requests = generate(workload(one, rate=4, seconds=1, common=40), 10)
    found = prompts(requests)
    assert [len(prompt) for prompt in found] == [17] * 4
    assert len({prompt[:4] for prompt in found}) == 1
    assert len({prompt[:5] for prompt in found}) == len({prompt[:14] for prompt in found}) == 2
    assert len({prompt[:15] for prompt in found}) == 4


def test_without_groups_each_conversation_has_its_own_system_prompt() -> None:
    requests = generate(workload(Population(name="a", groups=0, system=100, question=30, answer=1)), 10)
    assert len({prompt[:1] for prompt in prompts(requests)}) == len(requests) == 100


def test_a_fixed_set_of_prompts_comes_round_in_one_order() -> None:
    """Two groups of three prompts, sent 12 times: each comes back after six, and misses only the first time."""
    fixed = Population(name="a", groups=2, prompts=3, system=160, question=40, answer=1)
    requests = generate(workload(fixed, rate=12, seconds=1), 10)
    found = prompts(requests)
    assert found[:6] == found[6:]
    assert len(set(found)) == 6
    assert requests.session.tolist()[:6] == requests.session.tolist()[6:]
    # 10 blocks are cold for each of 2 groups, 4 for each of 6 prompts; of a whole prompt the last block is computed
    cold = 2 * 160 + 6 * 40 + 6 * 10
    assert token_hit_rate(requests) == pytest.approx(1 - cold / (12 * 200))


def test_populations_take_their_share() -> None:
    few, many = (Population(name=name, share=share, question=10, answer=1) for name, share in (("f", 1), ("m", 3)))
    requests = generate(workload(few, many, rate=1000), 10)
    assert np.bincount(requests.workload)[1] / len(requests) == pytest.approx(0.75, abs=0.02)


def test_arrivals_keep_rates_pauses_bursts_and_ticks() -> None:
    stages = (Stage(rate=4, seconds=2, pause_s=10), Stage(rate=0, seconds=5), Stage(rate=2, seconds=1))
    constant = beginnings(Arrivals(process=Process.CONSTANT, stages=stages), 1)
    assert constant.tolist() == [0, 0.25, 0.5, 0.75, 1, 1.25, 1.5, 1.75, 17, 17.5]
    bursts = beginnings(Arrivals(process=Process.CONSTANT, burst=2, stages=stages[:1]), 1)
    assert bursts.tolist() == [0, 0, 0.5, 0.5, 1, 1, 1.5, 1.5]
    ticks = beginnings(Arrivals(process=Process.CONSTANT, tick_s=1, stages=stages[:1]), 1)
    assert ticks.tolist() == [0] * 4 + [1] * 4


def test_poisson_arrivals_have_the_mean_and_spread_of_their_kind() -> None:
    times = beginnings(Arrivals(stages=(Stage(rate=50, seconds=400),)), 3)
    gaps = np.diff(times)
    assert len(times) == pytest.approx(20_000, rel=0.03)
    assert gaps.std() == pytest.approx(gaps.mean(), rel=0.03)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_shipped_workload_says_what_it_is_and_can_be_written_again(path: Path, tmp_path: Path) -> None:
    found = load(path)
    assert found.note
    copy = tmp_path / "copy.yaml"
    copy.write_text(dumped(found), encoding="utf-8")
    assert load(copy) == found


def test_the_llm_d_study_has_its_published_shape() -> None:
    requests = generated(WORKLOADS / "llm-d-73-capacity.yaml", 16)
    assert set(requests.tokens.tolist()) == {7200}
    assert len(set(requests.session.tolist())) == 750
    resident = 150 * (6000 + 5 * 1200)
    assert resident / (8 * 307_328) == pytest.approx(0.732, abs=0.001)
    assert int(requests.length[: requests.prompt_runs].sum()) * 16 == pytest.approx(resident, rel=0.001)


def test_kubeai_has_its_published_tokens() -> None:
    requests = generated(WORKLOADS / "kubeai-multi-turn.yaml", 16)
    assert len(requests) == pytest.approx(8000, rel=0.05)
    assert requests.tokens.sum() == pytest.approx(6_656_338, rel=0.1)
    assert requests.output.sum() == pytest.approx(608_447, rel=0.1)


def test_mooncake_like_has_the_published_lengths_and_hit_rate() -> None:
    """FAST'25: 12,031 requests in an hour, 12,035 tokens in and 343 out, at most 40% found again."""
    requests = generated(WORKLOADS / "mooncake-like.yaml", 512)
    assert len(requests) == pytest.approx(12_031, rel=0.05)
    assert requests.tokens.mean() == pytest.approx(12_035, rel=0.05)
    assert token_hit_rate(requests) == pytest.approx(0.40, abs=0.03)


def test_the_same_file_gives_the_same_bytes() -> None:
    """Pinned, so that another release of NumPy or a change here cannot move published comparisons unseen."""
    requests = generated(WORKLOADS / "small.yaml", 16)
    digest = hashlib.sha256()
    for values in (requests.arrived, requests.tokens, requests.output, requests.session):
        digest.update(np.ascontiguousarray(values).astype("<i8").tobytes())
    assert digest.hexdigest()[:16] == "54f47a678a156c54"


def test_another_seed_gives_other_requests() -> None:
    small = load(WORKLOADS / "small.yaml")
    other = msgspec.structs.replace(small, seed=8)
    assert generate(small, 16).tokens.tolist() != generate(other, 16).tokens.tolist()


lengths = st.integers(1, 300) | st.builds(
    lambda least, width: Uniform(least=least, most=least + width), st.integers(1, 100), st.integers(1, 200)
)
populations = st.builds(
    Population,
    name=st.just("p"),
    groups=st.integers(0, 4),
    system=lengths,
    question=lengths,
    answer=lengths,
    turns=st.integers(1, 4) | st.just(Weights(values=(1, 3), weights=(2, 1))),
    remembered=st.booleans(),
    think_s=st.integers(0, 3),
)


@given(populations, st.sampled_from([1, 7, 16]), st.integers(0, 40))
def test_requests_are_ordered_and_prompts_whole(population: Population, size: int, common: int) -> None:
    requests = generate(workload(population, rate=3, seconds=3, common=common), size)
    assert (np.diff(requests.arrived) >= 0).all()
    assert requests.arrived[0] == 0
    blocks = [len(prompt) for prompt in prompts(requests)]
    assert blocks == (requests.tokens // size).tolist()
    assert 0 <= token_hit_rate(requests) < 1


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ("question: 10", ":4: object missing required field `answer`"),
        ("question: {shape: normall, mean: 1}\n    answer: 1", "invalid value 'normall'"),
        ("question: {shape: normal, mean: -1, deviation: 1}\n    answer: 1", ":5: expected `float` >= 0.0"),
        ("question: 1\n    answer: 1\n    pompts: 3", ":7: object contains unknown field `pompts`"),
        ("question: 1\n    answer: 1\n    prompts: 3\n    turns: 2", "`turns` cannot be given as well"),
        ("question: 1\n    answer: 1\n    prompts: 3\n    groups: 0", "`prompts` need `groups`"),
        ("question: 1\n    answer: {shape: uniform, least: 3}", "`uniform` needs `most`"),
        ("question: 1\n    answer: {shape: quantiles, values: [3, 2]}", "must not fall"),
        ("question: 1\n    answer: {shape: weights, values: [3], weights: [0]}", "as many `weights`"),
    ],
)
def test_a_file_that_makes_no_sense_is_named_with_its_line(tmp_path: Path, change: str, message: str) -> None:
    path = tmp_path / "w.yaml"
    path.write_text(
        f"name: w\narrivals: {{stages: [{{rate: 1, seconds: 9}}]}}\npopulations:\n  - name: a\n    {change}\n"
    )
    with pytest.raises(UsageError) as caught:
        load(path)
    assert message in caught.value.message
    assert "fixtures/workloads" in caught.value.hint


@pytest.mark.parametrize(
    ("rate", "turns", "message"), [(0, 1, "makes no request"), (1, 60_000_000, "50,000,000 are the most")]
)
def test_nothing_and_far_too_much_are_refused(rate: float, turns: int, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        generate(workload(Population(name="a", question=1, answer=1, turns=turns), rate=rate), 16)


def test_a_file_of_far_too_many_requests_is_refused_before_they_are_made(tmp_path: Path) -> None:
    path = tmp_path / "w.yaml"
    huge = workload(Population(name="a", question=1, answer=1), rate=1e9, seconds=1e9)
    path.write_text(dumped(huge), encoding="utf-8")
    with pytest.raises(UsageError, match="are the most"):
        load(path)
