"""The callback on what LiteLLM hands over, without LiteLLM."""

import datetime as dt
import json
import sys
from pathlib import Path
from types import ModuleType

import pytest

from cachelens.capture import Recorder, litellm_callback


def test_times_are_exact_to_the_microsecond(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As a number of seconds in a float, one in three of them would be a microsecond early."""
    logger = ModuleType("litellm.integrations.custom_logger")
    logger.__dict__["CustomLogger"] = object
    for name, module in (("litellm", ModuleType("litellm")), ("litellm.integrations", ModuleType("integrations"))):
        monkeypatch.setitem(sys.modules, name, module)
    monkeypatch.setitem(sys.modules, "litellm.integrations.custom_logger", logger)
    recorder = Recorder(tmp_path / "calls.jsonl")
    callback = litellm_callback(recorder)
    start = dt.datetime(2026, 11, 23, 12, tzinfo=dt.UTC)
    for micro in range(300):
        begun = start + dt.timedelta(microseconds=micro)
        asked = {"model": "m", "messages": [], "stream": True, "completion_start_time": begun}
        callback.log_success_event(asked, {}, begun, begun)
    recorder.close()
    wanted = [f"{int(start.timestamp())}.{micro:06}" for micro in range(300)]
    lines = (tmp_path / "calls.jsonl").read_text().splitlines()
    for name in ("timestamp", "first_token_at", "completed_at"):
        assert [json.loads(line, parse_float=str)[name] for line in lines] == wanted
