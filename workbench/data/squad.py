"""Questions nested in texts, as in SQuAD's own files, as rows: a row a question."""

from __future__ import annotations

from typing import Any

from .answers import answers_of


def are_articles(rows: list) -> bool:
    """Whether these are articles (objects with paragraphs) or paragraphs (objects with ``qas``)."""
    return bool(rows) and all(
        isinstance(row, dict) and (isinstance(row.get("paragraphs"), list) or _is_paragraph(row))
        for row in rows
    )


_CONTEXTS = ("context", "context_text", "passage", "paragraph")  # the last three: CMRC and others
_QUESTIONS = ("question", "query_text", "query")
_IDS = ("id", "qid", "query_id")


def is_header(row: Any) -> bool:
    """Whether an object only says what the others are, as the first one of MRQA's files does."""
    return isinstance(row, dict) and set(row) == {"header"}


def _is_paragraph(row: dict) -> bool:
    return isinstance(row.get("qas"), list) and _of(row, _CONTEXTS) is not None


def _of(row: dict, names: tuple[str, ...]) -> str | None:
    """The text under the first of these names."""
    return next((row[name] for name in names if isinstance(row.get(name), str)), None)


def _answers(asked: dict) -> Any:
    """The answers to a question; where they were found in the text, those (MRQA)."""
    found = asked.get("detected_answers")
    if not isinstance(found, list) or not found:
        return asked.get("answers")
    return [
        {"text": one["text"], "answer_start": place[0]}
        for one in found for place in one.get("char_spans") or [[None]]
    ]  # fmt: skip


def flattened(articles: list[dict]) -> list[dict[str, Any]]:
    """``id``, ``title``, ``context``, ``question``, ``answers`` (``text``, ``answer_start``).

    Parameters
    ----------
    articles : list of dict
        Articles, or paragraphs that stand alone. A start that is not said is None.

    A question that is marked impossible has no answers (SQuAD 2.0).

    Raises
    ------
    ValueError
        If a paragraph or a question is no object, or lacks what it needs.
    """
    rows = []
    for number, article in enumerate(articles):
        for paragraph in article["paragraphs"] if "paragraphs" in article else [article]:
            try:
                for asked in paragraph["qas"]:
                    given = None if asked.get("is_impossible") else _answers(asked)
                    texts, starts = answers_of(given)
                    question, context = _of(asked, _QUESTIONS), _of(paragraph, _CONTEXTS)
                    if question is None or context is None:
                        raise KeyError("question" if question is None else "context")
                    rows.append({
                        "id": str(next((asked[n] for n in _IDS if n in asked), len(rows))),
                        "title": str(article.get("title") or ""),
                        "context": context,
                        "question": question,
                        "answers": {"text": texts, "answer_start": starts},
                    })  # fmt: skip
            except (KeyError, TypeError, AttributeError, ValueError) as error:
                raise ValueError(
                    f"the article {number} has a paragraph that is not as in SQuAD ({error})"
                ) from error
    if not any(row["title"] for row in rows):  # a title that nothing has groups nothing
        for row in rows:
            del row["title"]
    return rows
