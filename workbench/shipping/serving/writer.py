"""A served model that writes: conversations and texts, asked together where their ways agree."""

from __future__ import annotations

import copy
import dataclasses
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ...catalog.loading.judging import positions
from ...data.conversations.messages import Conversation, Message
from ...data.conversations.stored import to_line
from ...device import choose_precision
from ...recipe import GENERATION, Recipe
from ...talking.reading import MOST_READ, Read, read
from ...talking.seats import CONVERSATION, TEXT, way_of_writing
from ...training.generation import greedy
from ...training.predicting.passes import cuts
from ...training.predicting.writing import seed_of, write
from .asking import waited_for
from .batching import Job
from .growing import Grown
from .limits import Limits
from .refusals import refusal


@dataclass(frozen=True)
class Asked:
    """What a job asks for.

    Attributes
    ----------
    question : mapping of str
        See :meth:`Writer.question`.
    settings : Settings
        How words are chosen; the same for all jobs of a batch.
    seed : int
        Of what is drawn.
    on_text : callable or None
        Told what is written so far, in another thread.
    """

    question: Mapping[str, str]
    settings: Any
    seed: int = 0
    on_text: Callable[[str], object] | None = None


@dataclass(frozen=True)
class Written:
    """What was written.

    Attributes
    ----------
    text : str
    ended : bool
        Whether the model ended it, or a text that stops; else it was cut.
    read, written : int
        Tokens.
    notes : list of str
        What was left out of the question, and why the text was cut.
    """

    text: str
    ended: bool
    read: int
    written: int
    notes: list[str]


class Writer:
    """How a served model is made to write.

    Parameters
    ----------
    predictor : Predictor
    recipe : Recipe
        Of its run.
    spec : TaskSpec
    limits : Limits
    precision : str
    """

    def __init__(self, predictor: Any, recipe: Recipe, spec: Any, limits: Limits, precision: str):
        self._predictor, self._limits, self._precision = predictor, limits, precision
        self.way = way_of_writing(spec)
        self._task = copy.copy(predictor.task)  # what is read of a conversation is cut here
        self._most = recipe.max_length if self.way == TEXT else MOST_READ

    @property
    def talks(self) -> bool:
        """Whether it answers conversations."""
        return self.way == CONVERSATION

    def grown(self, settings: Any = None) -> Grown:
        """What tells a text as it is written in this way; in the recipe's when left out."""
        joins = getattr(self._predictor.tokenizer, "clean_up_tokenization_spaces", False)
        return Grown((settings or self._predictor.generation).stops, joins=bool(joins))

    def question(self, messages: Sequence[tuple[str, str]]) -> dict[str, str]:
        """What roles said, as :func:`workbench.talking.reading.read` takes it.

        Raises
        ------
        Refused
            422 where nothing is asked, or a task of single texts is asked more.
        """
        if messages[-1][0] == "assistant":
            raise refusal(422, "nothing_asked")
        if self.talks:
            whole = Conversation(tuple(Message(role, said) for role, said in messages))
            return {"line": to_line(whole)}
        if len(messages) > 1 or messages[0][0] != "user":
            raise refusal(422, "one_text")
        return {"text": messages[0][1]}

    def settings(
        self, *, most: int | None = None, temperature: float | None = None,
        top_p: float | None = None, stops: Sequence[str] = (),
    ) -> Any:  # fmt: skip
        """How words are chosen: as the recipe says, but for what is given.

        Parameters
        ----------
        most : int, optional
            Tokens at most.
        temperature, top_p : float, optional
            One above 0 draws words, where the recipe does not, too; a temperature of 0 draws none.
        stops : sequence of str
            At which writing ends, beside those of the recipe.

        Raises
        ------
        Refused
            422 where the model has no places for so many tokens.
        """
        usual = self._predictor.generation
        kind = type(usual).__module__.rpartition(".")[2]
        values = dataclasses.asdict(usual)
        draws = bool(temperature) if temperature is not None else (
            top_p is not None or kind == "sampling"
        )  # fmt: skip
        if draws != (kind == "sampling"):
            kind = "sampling" if draws else "greedy"
            known = {one.name for one in dataclasses.fields(greedy.Settings)}
            values = {name: value for name, value in values.items() if name in known}
        if draws:
            given = {"temperature": temperature, "top_p": top_p}
            values |= {name: value for name, value in given.items() if value is not None}
            values["seed"] = 0  # of a request, and not of a batch: see `work`
        if most is not None:
            values["max_new_tokens"] = most
        least = min(values["min_new_tokens"], values["max_new_tokens"])
        values |= {"stop": [*usual.stops, *stops], "min_new_tokens": least}
        places = positions(self._predictor.model.config.to_dict())
        if most is not None and places is not None and most >= places:
            raise refusal(422, "tokens", n=most, most=places)
        return GENERATION.settings({"kind": kind, **values})

    def work(self, jobs: Sequence[Job]) -> list[Written]:
        """What is written for jobs, each of which asks for an :class:`Asked`."""
        asked: list[Asked] = [job.asked for job in jobs]
        predictor, settings = self._predictor, asked[0].settings
        found = [self._read(one.question, settings) for one in asked]
        seeds = [seed_of(one.ids) + job.seed for one, job in zip(found, asked, strict=True)]

        def on_text(row: int, text: str) -> None:
            if (listens := asked[row].on_text) is not None:
                listens(text)

        precision = choose_precision(self._precision, predictor.model.device.type)
        texts = write(
            predictor.model, predictor.tokenizer, [one.ids for one in found], settings,
            batch_size=self._limits.batch, precision=precision, seeds=seeds,
            tick=waited_for(jobs), on_text=on_text if any(one.on_text for one in asked) else None,
        )  # fmt: skip
        return [
            Written(text.text if text else "", bool(text and text.ended), len(one.ids),
                    len(text.ids) if text else 0, [*one.notes, *cuts([text], settings)])
            for one, text in zip(found, texts, strict=True)
        ]  # fmt: skip

    def _read(self, question: Mapping[str, str], settings: Any) -> Read:
        return read(
            self._task, self._predictor.tokenizer, self._predictor.model.config, dict(question),
            way=self.way, max_length=self._most, new=settings.max_new_tokens,
        )  # fmt: skip
