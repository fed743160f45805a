"""Bodies of chat completions, as OpenAI's clients send them.

https://platform.openai.com/docs/api-reference/chat
"""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field, field_validator, model_validator

from .shapes import NAME, Strict


class Open(Strict):
    """A part of a body in which null says nothing, whatever it stands for: clients send back the
    message that they were given, with fields that were empty in it."""

    @model_validator(mode="before")
    @classmethod
    def _said(cls, given: Any) -> Any:
        if not isinstance(given, dict):
            return given
        return {name: value for name, value in given.items() if value is not None}


class Part(Strict):
    """A part of a message."""

    type: Literal["text"]
    text: str


class Said(Open):
    """A message of a conversation."""

    role: Literal["system", "developer", "user", "assistant"]
    content: str | list[Part]

    def plain(self) -> tuple[str, str]:
        """Role and text as models have learnt them."""
        role = "system" if self.role == "developer" else self.role
        if isinstance(self.content, str):
            return role, self.content
        return role, "\n".join(part.text for part in self.content)


class Usage(Strict):
    """What a stream says beside the text."""

    include_usage: bool = False


class Plain(Strict):
    """The kind of answer."""

    type: Literal["text"]


class Completion(Open):
    """A conversation that is to be gone on with."""

    model: str | None = NAME
    messages: list[Said] = Field(min_length=1)
    max_tokens: int | None = Field(None, ge=1, le=100_000)
    max_completion_tokens: int | None = Field(None, ge=1, le=100_000)
    temperature: float | None = Field(None, ge=0, le=2)
    top_p: float | None = Field(None, gt=0, le=1)
    stop: str | list[str] | None = Field(None, description="At which writing ends; 16 at most.")
    seed: int | None = Field(None, ge=-(2**63), lt=2**63)
    n: Literal[1] | None = None
    stream: bool | None = None
    stream_options: Usage | None = None
    frequency_penalty: float | None = Field(None, ge=0, le=0)
    presence_penalty: float | None = Field(None, ge=0, le=0)
    logprobs: Literal[False] | None = None
    response_format: Plain | None = None
    user: str | None = None

    @field_validator("stop")
    @classmethod
    def _are_texts(cls, stop: Any) -> Any:
        some = [stop] if isinstance(stop, str) else stop or []
        if len(some) > 16 or not all(some):
            raise ValueError("give one to 16 texts, none of them empty")
        return stop

    @property
    def stops(self) -> list[str]:
        """Texts at which writing ends."""
        return [self.stop] if isinstance(self.stop, str) else list(self.stop or [])

    @property
    def most(self) -> int | None:
        """Tokens at most."""
        return self.max_tokens if self.max_completion_tokens is None else self.max_completion_tokens
