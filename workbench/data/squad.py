"""The nested articles of SQuAD's own files as rows, a row a question."""

from __future__ import annotations

from typing import Any


def are_articles(rows: list) -> bool:
    """Whether these are articles: objects with paragraphs that hold questions."""
    return bool(rows) and all(
        isinstance(row, dict) and isinstance(row.get("paragraphs"), list) for row in rows
    )


def flattened(articles: list[dict]) -> list[dict[str, Any]]:
    """``id``, ``title``, ``context``, ``question``, ``answers`` (``text``, ``answer_start``).

    A question that is marked impossible has no answers (SQuAD 2.0).

    Raises
    ------
    ValueError
        If a paragraph or a question is no object, or lacks what it needs.
    """
    rows = []
    for number, article in enumerate(articles):
        for paragraph in article["paragraphs"]:
            try:
                for asked in paragraph["qas"]:
                    answers = [] if asked.get("is_impossible") else asked.get("answers") or []
                    rows.append({
                        "id": str(asked.get("id", len(rows))),
                        "title": str(article.get("title") or ""),
                        "context": paragraph["context"],
                        "question": asked["question"],
                        "answers": {
                            "text": [str(one["text"]) for one in answers],
                            "answer_start": [int(one["answer_start"]) for one in answers],
                        },
                    })  # fmt: skip
            except (KeyError, TypeError, AttributeError) as error:
                raise ValueError(
                    f"the article {number} has a paragraph that is not as in SQuAD ({error})"
                ) from error
    return rows
