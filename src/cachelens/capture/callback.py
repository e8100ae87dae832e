"""Calls that LiteLLM makes, as a callback of it."""

from __future__ import annotations

import datetime as dt
import json
import os
from typing import Any

from cachelens.capture.call import Call
from cachelens.capture.recorder import Labels, Prompts, Recorder, now_ns

_MICROSECOND = 1_000
_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_SENT = (
    "tools", "tool_choice", "response_format", "temperature", "max_tokens", "max_completion_tokens", "seed",
    "reasoning_effort", "thinking", "service_tier", "prompt_cache_key", "cache_control",
)  # fmt: skip
"""Parameters of a call that LiteLLM hands to the provider."""


def litellm_callback(
    destination: Recorder | str | os.PathLike[str],
    *,
    prompts: Prompts = "keep",
    salt: str = "",
    labels: Labels | None = None,
) -> Any:
    """Return a callback for `litellm.callbacks = [...]` that records successful calls.

    Raises `ImportError` without LiteLLM.
    """
    from litellm.integrations.custom_logger import (  # type: ignore[import-not-found, unused-ignore]  # only with LiteLLM
        CustomLogger,
    )

    recorder = (
        destination
        if isinstance(destination, Recorder)
        else Recorder(destination, prompts=prompts, salt=salt, labels=labels)
    )

    class Capture(CustomLogger):  # type: ignore[misc, unused-ignore]  # typed only with LiteLLM
        """Records what succeeded."""

        def __init__(self) -> None:
            super().__init__()
            self.recorder = recorder

        def log_success_event(self, kwargs: Any, response_obj: Any, start_time: Any, end_time: Any) -> None:
            """Record a call."""
            _record(recorder, kwargs, response_obj, (start_time, end_time))

        async def async_log_success_event(
            self,
            kwargs: Any,
            response_obj: Any,
            start_time: Any,
            end_time: Any,
        ) -> None:
            """Record a call."""
            _record(recorder, kwargs, response_obj, (start_time, end_time))

    return Capture()


def _record(recorder: Recorder, kwargs: dict[str, Any], response: Any, times: tuple[Any, Any]) -> None:
    """Write one call; never raises."""
    try:
        started, ended = (_ns(value) for value in times)
        parameters = kwargs.get("optional_params") or {}
        request = {"model": kwargs.get("model"), "messages": kwargs.get("messages")}
        request |= {name: parameters[name] for name in _SENT if parameters.get(name) is not None}
        body = response.model_dump() if hasattr(response, "model_dump") else response
        labels = {"provider": kwargs.get("custom_llm_provider"), **recorder.labels_of(kwargs)}
        first = _ns(kwargs.get("completion_start_time")) if kwargs.get("stream") else 0
        call = Call(
            started,
            "",
            json.dumps(request, default=str).encode(),
            labels,
            status=200,
            ended_ns=ended,
            first_token_ns=first,
        )
        call.pieces.append((ended, json.dumps(body, default=str).encode()))
        recorder.write(call)
    except Exception as error:  # noqa: BLE001 - the call goes on whatever happens here
        recorder.lose(type(error).__name__)


def _ns(value: object) -> int:
    """Return an instant as LiteLLM gives it: a time without a zone is local."""
    if not isinstance(value, dt.datetime):
        return now_ns()
    return (value.astimezone(dt.UTC) - _EPOCH) // dt.timedelta(microseconds=1) * _MICROSECOND
