"""Writes down what a program sends to a model API and gets back, as a log that the commands read.

    import openai, httpx2
    from cachelens.capture import CaptureTransport

    client = openai.OpenAI(http_client=httpx2.Client(transport=CaptureTransport("calls.jsonl")))

Needs nothing but the HTTP library that the client uses, httpx or httpx2. See docs/capture.md.
"""

from cachelens.capture.callback import litellm_callback
from cachelens.capture.recorder import Recorder
from cachelens.capture.stability import PrefixChangedError, assert_prefix_stable
from cachelens.capture.transport import AsyncCaptureTransport, CaptureTransport

__all__ = [
    "AsyncCaptureTransport",
    "CaptureTransport",
    "PrefixChangedError",
    "Recorder",
    "assert_prefix_stable",
    "litellm_callback",
]
