"""Bodies of requests and answers, as the routes take and the OpenAPI page shows them."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field, JsonValue

Input = str | dict[str, JsonValue]
NAME = Field(default=None, description="Name of the model; needed where the server has several.")
INPUT = Field(description="A text, or the values of the columns that the model reads.")


class Strict(BaseModel):
    """A body, or a part of one, that holds nothing else."""

    model_config = ConfigDict(extra="forbid")


class One(Strict):
    """A text to be predicted."""

    model: str | None = NAME
    input: Input = INPUT


class Many(Strict):
    """Texts to be predicted."""

    model: str | None = NAME
    inputs: list[Input] = Field(min_length=1, description="Texts, or mappings of columns.")


class Answer(BaseModel):
    """What a model predicts of a text; further fields are the task's."""

    model_config = ConfigDict(extra="allow")
    model: str
    prediction: Any = None
    notes: list[str] = []


class Answers(BaseModel):
    """What a model predicts, in the order of the inputs."""

    model: str
    answers: list[dict[str, Any]]
    notes: list[str] = []


class Fault(BaseModel):
    """Why something was not answered: what is wrong, and what to do."""

    message: str
    type: str
    code: int


class Faulty(BaseModel):
    """The body of whatever is refused."""

    error: Fault
