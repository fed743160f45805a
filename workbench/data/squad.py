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


def _is_paragraph(row: dict) -> bool:
    return isinstance(row.get("qas"), list) and isinstance(row.get("context"), str)


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
                    given = None if asked.get("is_impossible") else asked.get("answers")
                    texts, starts = answers_of(given)
                    rows.append({
                        "id": str(asked.get("id", len(rows))),
                        "title": str(article.get("title") or ""),
                        "context": paragraph["context"],
                        "question": asked["question"],
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
