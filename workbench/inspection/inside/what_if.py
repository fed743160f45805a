"""What a model would say of a text that is a little different: words left out, masked, swapped."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from ... import task_registry, task_words
from ...errors import DataError, RunError
from ...score_columns import score_column, score_columns, scored_names
from ..predictions.kinds import spec_for

if TYPE_CHECKING:
    import pandas as pd

WAYS = ("delete", "mask")
MOST_WORDS = 200
_WORD = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]|\w+(?:['’-]\w+)*")
_NAMES = ("Emily", "Greg", "Lakisha", "Jamal", "María", "Ahmed", "Wei", "Priya")
_GENDER = (
    ("he", "she"), ("him", "her"), ("his", "her"), ("himself", "herself"), ("man", "woman"),
    ("men", "women"), ("boy", "girl"), ("boys", "girls"), ("father", "mother"),
    ("son", "daughter"), ("brother", "sister"), ("husband", "wife"), ("actor", "actress"),
    ("king", "queen"), ("mr", "mrs"), ("uncle", "aunt"),
)  # fmt: skip
_VERBS = (
    "is", "are", "was", "were", "am", "do", "does", "did", "has", "have", "had", "can", "could",
    "will", "would", "should", "must",
)  # fmt: skip
_SHORT = {"can't": "can", "won't": "will", "cannot": "can"}


def word_effects(
    run: Any, text: str, pair: str | None = None, *, how: str = "delete", target: str | None = None
) -> pd.DataFrame:
    """What each word of a text is worth to the prediction.

    Parameters
    ----------
    run : Run
        Of a text classification or a regression.
    text, pair : str
        The words of ``text`` are taken, one at a time; ``pair`` stays as it is.
    how : {'delete', 'mask'}
        Leave the word out, or put the tokenizer's mask token in its place.
    target : str, optional
        Class whose score is looked at; the predicted one when not given.

    Returns
    -------
    pandas.DataFrame, one row a word, in their order
        ``word``, ``start``, ``end`` (characters), ``value`` (score of the target without the word,
        or the predicted number), ``change`` (that, less the value of the whole text: below 0 the
        word speaks for the target). ``attrs`` has ``target`` and ``value`` of the whole.

    Raises
    ------
    DataError
        The text has no word, or more than 200; there is no such class or way.
    RunError
        The task gives no score for a whole text.
    """
    import pandas as pd

    if how not in WAYS:
        raise DataError(f"There is no way {how!r}.", f"Choose one of {', '.join(WAYS)}.")
    found = list(_WORD.finditer(text))
    if not found or len(found) > MOST_WORDS:
        raise DataError(
            f"The text has {len(found)} words.",
            f"Give one with at least one word and at most {MOST_WORDS}.",
        )
    instead = _mask_token(run) if how == "mask" else ""
    texts = [_without(text, m.start(), m.end(), instead) for m in found]
    # a text of one word is nothing without it: a full stop stands for it
    texts = [one if one.strip() else "." for one in texts]
    target, values = _values(run, [text, *texts], pair, target)
    rows = [
        (m.group(), m.start(), m.end(), value, value - values[0])
        for m, value in zip(found, values[1:], strict=True)
    ]
    table = pd.DataFrame(rows, columns=["word", "start", "end", "value", "change"])
    table.attrs |= {"target": target, "value": values[0]}
    return table


def swaps(text: str) -> list[tuple[str, str, str, str]]:
    """Kind, what is replaced, by what, and the new text, for each swap that the text offers.

    Kinds: ``name`` (a first name of a small list by others of it), ``gender`` (a word by its
    counterpart, all of the text's at once) and ``negation`` (a ``not`` put in or taken out).

    Examples
    --------
    >>> [new for *_, new in swaps("He is good")]
    ['She is good', 'He is not good']
    """
    return [*_name_swaps(text), *_gender_swap(text), *_negations(text)]


def swap_effects(
    run: Any, text: str, pair: str | None = None, *, target: str | None = None
) -> pd.DataFrame:
    """What the model says after each swap that the text offers; see :func:`swaps`.

    Returns
    -------
    pandas.DataFrame
        ``kind``, ``before``, ``after``, ``text``, ``value``, ``change``; empty when the text has
        nothing to swap. ``attrs`` as of :func:`word_effects`.
    """
    import pandas as pd

    found = swaps(text)
    target, values = _values(run, [text, *(new for *_, new in found)], pair, target)
    rows = [(*one, v, v - values[0]) for one, v in zip(found, values[1:], strict=True)]
    table = pd.DataFrame(rows, columns=["kind", "before", "after", "text", "value", "change"])
    table.attrs |= {"target": target, "value": values[0]}
    return table


def nearest_examples(run: Any, text: str, *, n: int = 10) -> pd.DataFrame:
    """The training examples whose embeddings are the most similar to that of a text.

    Parameters
    ----------
    run : Run
    text : str

    Returns
    -------
    pandas.DataFrame, at most ``n`` rows, the most similar first
        The training examples (``text``, ``pair``, ``label``, ``row``) with ``similarity`` (cosine
        of the model's mean hidden states).
    """
    import numpy as np

    table, states = _training_states(run)
    one = _embedded(run, [text])[0]
    similarity = states @ one
    order = np.argsort(-similarity, kind="stable")[:n]
    return table.iloc[order].assign(similarity=similarity[order]).reset_index(drop=True)


_STATES: dict = {}  # of the last run that was asked


def _training_states(run: Any):

    from ... import tasks
    from .loaded_model import folder_of

    key = (str(folder_of(run)), run.recipe.to_yaml())
    found = _STATES.get(key)  # another thread may throw it out meanwhile
    if found is None:
        task = tasks.get(run.recipe.task)
        examples = task.load_examples(run.recipe.replace(sampling="all"))
        table = task.named(examples.splits["train"], examples.label_names)
        if table is None:
            raise RunError(
                f"The run's task is {task_words.called(run.recipe.task)}.",
                "Similar training examples are looked up where a whole text has a label.",
            )
        found = table, _embedded(run, table["text"].tolist())
        _STATES.clear()
        _STATES[key] = found
    return found


def _embedded(run: Any, texts: list[str]):
    """Embeddings of length one, float32 (n, hidden_size)."""
    import numpy as np

    from ..predictions.label_noise import embeddings

    states = embeddings(run, texts)
    return states / np.maximum(np.linalg.norm(states, axis=1, keepdims=True), 1e-12)


def _values(
    run: Any, texts: list[str], pair: str | None, target: str | None
) -> tuple[str | None, list[float]]:
    """The target, and its score for each text; of a regression None and the numbers."""
    import pandas as pd

    columns = run.recipe.columns
    data = {columns.get("text", "text"): texts}
    if pair is not None:
        data[columns.get("pair", "pair")] = [pair] * len(texts)
    table = run.predict(pd.DataFrame(data))
    declared = spec_for(run)
    if not declared.prediction_table.scores:
        if declared.predicts != "number":
            raise RunError(
                f"{task_words.called(run.recipe.task)} gives no score for a whole text.",
                f"Ask a run of {task_registry.predicting('class')} or "
                f"{task_registry.predicting('number')}.",
            )
        return None, table["prediction"].astype(float).tolist()
    names = scored_names(table.columns)
    if target is None:  # of several labels the likeliest
        first = table[score_columns(table.columns)].iloc[0].astype(float)
        likeliest = names[int(first.to_numpy().argmax())]
        several = declared.predicts == "labels"
        target = likeliest if several else str(table["prediction"].iloc[0])
    if target not in names:
        raise DataError(
            f"There is no class {target!r}.",
            "Choose one of " + ", ".join(names) + ".",
        )
    return target, table[score_column(target)].astype(float).tolist()


def _mask_token(run: Any) -> str:
    from .loaded_model import opened

    token = opened(run).tokenizer.mask_token
    if token is None:
        raise DataError("The model's tokenizer has no mask token.", "Leave words out instead.")
    return token


def _without(text: str, start: int, end: int, instead: str) -> str:
    if instead:
        return text[:start] + instead + text[end:]
    before, after = text[:start], text[end:]
    if before.endswith(" ") and (not after or after[0].isspace()):
        before = before[:-1]
    return (before + after).lstrip() if not before else before + after


def _name_swaps(text: str) -> list[tuple[str, str, str, str]]:
    there = next((m for m in _WORD.finditer(text) if m.group() in _NAMES), None)
    if there is None:
        return []
    name = there.group()
    pattern = re.compile(rf"\b{name}\b")
    return [("name", name, other, pattern.sub(other, text)) for other in _NAMES if other != name]


def _gender_swap(text: str) -> list[tuple[str, str, str, str]]:
    other: dict[str, str] = {}
    for one, two in _GENDER:
        other.setdefault(one, two)
        other.setdefault(two, one)
    hits = [m for m in _WORD.finditer(text) if m.group().lower() in other]
    if not hits:
        return []
    new, at = [], 0
    for hit in hits:
        new += [text[at : hit.start()], _cased(other[hit.group().lower()], hit.group())]
        at = hit.end()
    words = (
        ", ".join(dict.fromkeys(m.group() for m in hits)),
        ", ".join(dict.fromkeys(_cased(other[m.group().lower()], m.group()) for m in hits)),
    )
    return [("gender", *words, "".join(new) + text[at:])]


def _cased(word: str, like: str) -> str:
    return word.upper() if like.isupper() and len(like) > 1 else (
        word.capitalize() if like[:1].isupper() else word)  # fmt: skip


def _negations(text: str) -> list[tuple[str, str, str, str]]:
    for match in _WORD.finditer(text):
        word, start, end = match.group(), match.start(), match.end()
        plain = _SHORT.get(word.lower().replace("’", "'"))
        if plain is None and re.fullmatch(r"\w+n['’]t", word):
            plain = word[:-3]
        if plain is not None:
            plain = _cased(plain, word)
            return [("negation", word, plain, text[:start] + plain + text[end:])]
        if word.lower() == "not":
            return [("negation", word, "", _without(text, start, end, ""))]
    for match in _WORD.finditer(text):
        if match.group().lower() in _VERBS:
            end = match.end()
            return [("negation", match.group(), f"{match.group()} not",
                     f"{text[:end]} not{text[end:]}")]  # fmt: skip
    return []
