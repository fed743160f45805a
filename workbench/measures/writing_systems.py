"""Which language texts are in, as far as a way of measuring depends on it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from ..data.doctor.languages import languages, scripts

MOST_ASKED = 500  # texts whose language is looked at to tell the main one
_OF_SCRIPT = {"Kana": "ja", "Han": "zh", "Hangul": "ko", "Thai": "th"}
_KANA = 0.05  # share of kana in the letters from which Chinese characters are Japanese


def language_of(texts: Sequence[str]) -> str:
    """Code of the language that the letters tell: ``ja``, ``zh``, ``ko``, ``th``; "" of others.

    >>> language_of(["你好,世界"]), language_of(["これは本です"]), language_of(["Hello"])
    ('zh', 'ja', '')
    """
    shares = scripts([text for text in texts[:MOST_ASKED] if text])
    if not len(shares) or shares.isna().any():
        return ""
    if shares.get("Kana", 0.0) >= _KANA:
        return "ja"
    return _OF_SCRIPT.get(str(shares.index[0]), "")


def main_language(texts: Sequence[str]) -> str:
    """Code of the language that most of the texts are in that can be told; "" where none can.

    Letters that belong to one language decide; otherwise the doctor's identification does.
    """
    if code := language_of(texts):
        return code
    found = Counter(code for code in languages(list(texts[:MOST_ASKED])) if code)
    return found.most_common(1)[0][0] if found else ""
