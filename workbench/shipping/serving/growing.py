"""A text as it is written, told piece by piece, of which nothing is taken back."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from typing import Any

from ...data.rendering.spelled import UNDONE
from .refusals import refusal


class Grown:
    """What is new each time of a text that grows.

    Held back is what later tokens may change: characters of which bytes are missing, and what may
    be the beginning of a text that ends the writing.

    Parameters
    ----------
    stops : sequence of str
        Texts at which the writing ends, which are then left out of it.
    joins : bool
        Whether the tokenizer takes blanks away once a word is whole (``clean_up_tokenization``).

    Examples
    --------
    >>> grown = Grown(["###"])
    >>> [grown.more(text) for text in ("Caf\\ufffd", "Café #", "Café ## 1#")]
    ['Caf', 'é ', '## 1']
    >>> grown.rest("Café ## 1#")
    '#'
    """

    def __init__(self, stops: Sequence[str] = (), *, joins: bool = False):
        self._stops, self._joins, self._told = stops, joins, ""

    def more(self, text: str) -> str:
        """What of a text so far was not told yet, and stays."""
        sure = text.rstrip(UNDONE)
        if self._joins and " " in sure:
            sure = sure[: sure.rindex(" ")]
        begun = [n for stop in self._stops for n in range(1, len(stop)) if sure.endswith(stop[:n])]
        sure = sure[: len(sure) - max(begun, default=0)]
        if not sure.startswith(self._told):
            return ""  # it may come back to what was told
        new = sure[len(self._told) :]
        self._told = sure
        return new

    def rest(self, text: str) -> str:
        """What of the whole text was not told.

        Raises
        ------
        Refused
            If the text does not begin with what was told.
        """
        if not text.startswith(self._told):
            raise refusal(500, "changed")
        return text[len(self._told) :]


class Growing:
    """An answer that is waited for, and the texts that it is told by.

    Once all :meth:`pieces` are there, so is ``answer``.

    Parameters
    ----------
    ask : callable
        ``ask(on_text)`` gives the answer; ``on_text`` may be called in any thread.
    grown : Grown
    text_of : callable
        The whole text of the answer.
    """

    answer: Any = None

    def __init__(
        self, ask: Callable[[Callable[[str], object]], Awaitable[Any]], grown: Grown,
        text_of: Callable[[Any], str],
    ):  # fmt: skip
        self._ask, self._grown, self._text_of = ask, grown, text_of

    async def pieces(self) -> AsyncGenerator[str]:
        """Pieces of the text, none of them empty; closing it waits for the answer no more."""
        loop, changed, latest = asyncio.get_running_loop(), asyncio.Event(), [""]

        def tell(text: str) -> None:
            latest[0] = text  # whoever reads slowly gets several tokens at a time
            changed.set()

        asking = asyncio.ensure_future(
            self._ask(lambda text: loop.call_soon_threadsafe(tell, text))
        )
        asking.add_done_callback(lambda _: changed.set())
        try:
            while not asking.done():
                await changed.wait()
                changed.clear()
                if new := self._grown.more(latest[0]):
                    yield new
            self.answer = await asking
            if new := self._grown.rest(self._text_of(self.answer)):
                yield new
        finally:
            asking.cancel()
