"""Messages on their way through the workflow: protobuf JSON text, there and back."""

from typing import TypeVar

from google.protobuf import json_format
from google.protobuf.message import Message

M = TypeVar("M", bound=Message)


def as_text(message: Message | None) -> str:
    """Write a message for a workflow command."""
    return json_format.MessageToJson(message, indent=None) if message is not None else "{}"


def from_text(text: str, kind: type[M]) -> M:
    """Read a message out of a workflow answer."""
    return json_format.Parse(text, kind())
