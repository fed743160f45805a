"""Languages and scripts of texts, and whether the model knows them."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from ..fixes import blank
from .findings import Case, Finding

if TYPE_CHECKING:
    import pandas as pd

LEAST = 20  # characters below which a language is not told, 6 where each is a word or a syllable
SURE = 0.7  # probability from which a language counts
LONGEST = 200  # characters that are looked at
#: Where the letters of a script begin and end.
SCRIPTS = {
    "Latin": ((0x41, 0x24F), (0x1E00, 0x1EFF)),
    "Greek": ((0x370, 0x3FF),),
    "Cyrillic": ((0x400, 0x52F),),
    "Hebrew": ((0x590, 0x5FF),),
    "Arabic": ((0x600, 0x6FF), (0x750, 0x77F)),
    "Devanagari": ((0x900, 0x97F),),
    "Thai": ((0xE00, 0xE7F),),
    "Kana": ((0x3040, 0x30FF),),
    "Han": ((0x3400, 0x4DBF), (0x4E00, 0x9FFF)),
    "Hangul": ((0x1100, 0x11FF), (0xAC00, 0xD7AF)),
}


@functools.lru_cache(maxsize=1)
def _identifier() -> Any:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)


def languages(texts: list[str]) -> list[str | None]:
    """ISO 639-1 code of each text's language; None where it is too short or unclear."""
    identify = _identifier().classify
    found: list[str | None] = []
    for text in texts:
        text = text[:LONGEST]
        if len(text) < (LEAST if text.isascii() or max(text) < "\u3000" else 6):
            found.append(None)
            continue
        code, sure = identify(text)
        found.append(code if sure >= SURE and code != "zxx" else None)
    return found


def scripts(texts: list[str]) -> pd.Series:
    """Share of the letters in each script, the largest first."""
    import pandas as pd

    joined = "".join(text[:LONGEST] for text in texts)
    codes = np.frombuffer(joined.encode("utf-32-le", "surrogatepass"), "<u4")
    counts = {
        name: sum(int(((codes >= low) & (codes <= high)).sum()) for low, high in ranges)
        for name, ranges in SCRIPTS.items()
    }
    shares = pd.Series({name: count for name, count in counts.items() if count}, dtype=float)
    return (shares / shares.sum()).sort_values(ascending=False)


def check_languages(case: Case) -> Iterator[Finding]:
    """Which languages there are, and whether the model is made for the main one."""
    import pandas as pd

    frame = case.sampled()
    frame = frame[~blank(frame["text"])]
    texts = frame["text"].astype(str).tolist()
    if not texts:
        return
    codes = pd.Series(languages(texts), index=frame.index, dtype=object)
    known = codes.dropna()
    writing = scripts(texts)
    table = known.value_counts().rename_axis("language").reset_index(name="texts")
    table["share"] = table["texts"] / max(len(known), 1)
    case.tables["languages"] = table
    case.tables["scripts"] = writing.rename_axis("script").reset_index(name="share of letters")
    if len(known) < 20 or not len(table):
        return
    main = table["language"][0]
    others = table[(table["language"] != main) & (table["texts"] >= 3) & (table["share"] >= 0.005)]
    shown = []
    for row in others.head(3).itertuples():
        position = int(np.flatnonzero((codes == row.language).to_numpy())[0])
        shown.append(f"{row.language} {row.share:.1%}: {texts[position][:50]!r}")
    yield Finding(
        "warning" if others["share"].sum() > 0.02 else "info", "languages",
        f"{table['share'][0]:.0%} of the texts whose language can be told are {main!r}, written "
        f"in {' and '.join(writing.index[:2])}" + case.sampled_note() + ".",
        int(others["texts"].sum()), tuple(shown),
        "Check that the others belong there, and that the model knows them." if len(others) else "",
    )  # fmt: skip
    spoken = _model_languages(case.recipe.model)
    if spoken and main not in spoken:
        yield Finding(
            "warning", "model language",
            f"Most texts are {main!r}, and {case.recipe.model} is made for "
            f"{', '.join(sorted(spoken))}.", int(table["texts"][0]), (),
            "Choose a model that knows the language.",
        )  # fmt: skip


def _model_languages(model: str) -> set[str]:
    from ... import catalog

    table = catalog.models()
    row = table[table["id"] == model]
    if not len(row):
        return set()
    names = str(row["languages"].iloc[0]).split(", ")
    return set() if any(name not in _CODES for name in names) else {_CODES[name] for name in names}


_CODES = {"English": "en", "Chinese": "zh"}  # as the catalogue writes them; others: many languages
