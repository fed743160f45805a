"""Which measures count for a kind of writing; the first decides.

A translation is close to its reference: chrF and BLEU. A summary shares its words: ROUGE. Of other
texts (spellings, dates, answers, code) mostly one is right: chrF says how near a text is, then the
exact match and the edits away from it. Of phonemes, and other symbols between blanks, it is edits
of symbols.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from ..errors import DataError, shown
from ..i18n import t
from ..written_parts import DECIDES
from .asked import texts_of
from .invented import fact_measures
from .language import wrong_language
from .measure import Measure
from .overlap import rouge
from .sameness import error_rate, exact_match
from .shape import copied, distinct, length_ratio, repetition
from .translation import bleu, chrf
from .writing_systems import main_language

KINDS = tuple(DECIDES)
#: What stands between blanks is a symbol, not a word, where it is no longer on average.
SYMBOL = 2.5
#: Measures that stand first, in their order; the others follow.
FIRST = {
    "translation": ("chrf", "bleu"),
    "summarisation": ("rougeL", "rouge1", "rouge2"),
    "other": ("chrf", "exact_match", "character_error_rate"),
    "pronunciation": ("phoneme_error_rate", "exact_match"),
}
#: Measures that are made together.
_GROUPS = {"rouge1": "rouge", "rouge2": "rouge", "rougeL": "rouge"}


def written_measures(
    outputs: Iterable[str],
    references: Iterable[str],
    sources: Iterable[str] | None = None,
    *,
    kind: str = "other",
    language: str | None = None,
    source_language: str | None = None,
    only: Iterable[str] | None = None,
) -> dict[str, Measure]:
    """All measures of written texts, those that decide for the kind of writing first.

    Parameters
    ----------
    outputs, references : iterable of str, n_rows
        What was written, and what was to be written.
    sources : iterable of str, n_rows, optional
        What was read: for what is copied, invented and lost.
    kind : {'translation', 'summarisation', 'pronunciation', 'other'}
    language, source_language : str or None
        ISO 639-1 codes of references and sources; None tells each from the texts. Where it cannot
        be told, what depends on it is not measured.
    only : iterable of str, optional
        Measures that are wanted, ``facts`` standing for all of what is invented or lost and
        ``rouge`` for its three; the slow ones need not be made. None for all.

    Returns
    -------
    dict of str to Measure
        By name. ``wrong_language`` is there where the language of the references is known.
    """
    if kind not in KINDS:
        raise DataError(
            t("measures.kind", kind=shown(kind)),
            t("measures.kind_back", kinds=", ".join(map(repr, KINDS))),
        )
    outputs, references = texts_of(outputs=outputs, references=references)
    language = main_language(references) if language is None else language
    wanted: dict[str, Callable[[], Measure | dict[str, Measure]]] = {
        "chrf": lambda: chrf(outputs, references),
        "bleu": lambda: bleu(outputs, references, language=language),
        "rouge": lambda: rouge(outputs, references),
        "exact_match": lambda: exact_match(outputs, references),
        "loose_match": lambda: exact_match(outputs, references, without_signs=True),
        "character_error_rate": lambda: error_rate(outputs, references, unit="characters"),
        "phoneme_error_rate": lambda: error_rate(outputs, references, unit="blanks"),
        "length_ratio": lambda: length_ratio(outputs, references),
        "distinct_1": lambda: distinct(outputs, n=1),
        "distinct_2": lambda: distinct(outputs, n=2),
        "repetition_4": lambda: repetition(outputs),
    }
    if language:
        wanted["wrong_language"] = lambda: wrong_language(outputs, language)
    if sources is not None:
        outputs, sources = texts_of(outputs=outputs, sources=sources)
        wanted["copied_3"] = lambda: copied(outputs, sources)
        wanted["facts"] = lambda: fact_measures(
            sources, outputs, source_language=source_language, output_language=language
        )
    found: dict[str, Measure] = {}
    asked = None if only is None else {_GROUPS.get(name, name) for name in only}
    for name, measured in wanted.items():
        if asked is not None and name not in asked:
            continue
        one = measured()
        found |= {one.name: one} if isinstance(one, Measure) else one
    return {name: found[name] for name in (*FIRST[kind], *found) if name in found}


def of_symbols(references: Iterable[str]) -> bool:
    """Whether texts are rows of short symbols with blanks between them, such as phonemes.

    >>> of_symbols(["HH AH L OW", "K AE T"]), of_symbols(["a cat", "hello there"])
    (True, False)
    """
    rows = [text.split() for text in references]
    symbols = [part for row in rows for part in row]
    if len(symbols) < 2 * len(rows) or not symbols:
        return False
    return sum(map(len, symbols)) <= SYMBOL * len(symbols)
