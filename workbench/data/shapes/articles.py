"""SQuAD's nested articles: a row a question."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from ..squad import are_articles, flattened, is_header
from . import Shape, Source


def _find(first: list[dict], source: Source) -> Callable | None:
    header = len(first) > 1 and is_header(first[0])
    if not are_articles(first[header:]):
        return None

    def rows(objects: Iterator[tuple[int, dict]]) -> Iterator[tuple[int, dict]]:
        articles = [article for _, article in objects if not is_header(article)]
        asked = flattened(articles)
        source.report.note(
            "info", "json", f"{source.name} is in SQuAD's form: {len(articles):,} articles "
            f"with {len(asked):,} questions, a row each.",
        )  # fmt: skip
        yield from enumerate(asked)

    return rows


OBJECTS = (Shape("squad", _find),)
