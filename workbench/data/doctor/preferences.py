"""Pairs of replies, of which one was preferred: what is no pair, and what a model could learn by
length alone."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator

from ...errors import DataError, WorkbenchError
from ...i18n import t
from ..conversations.examples import before, said
from ..conversations.layouts import LOOKED_AT
from ..conversations.preferences import LEFT, Preference, layout_of_pairs, read_pairs, wanted
from ..rendering.fitting import fit
from ..rendering.rendered import render
from .findings import Case, Finding
from .learnt import template_of
from .model import folder_of

ROWS = 500  # pairs of a split that are rendered
_LONGER = 0.65  # share of pairs whose chosen reply is longer


def check_preferences(case: Case) -> Iterator[Finding]:
    """Of data that has both sides: that one is not read, or all that is wrong with pairs."""
    if not wanted(case.recipe):
        yield from _unread(case)
        return
    pairs: list[Preference] = []
    left: dict[str, list[str]] = {why: [] for why in LEFT}
    for name, split in case.splits.items():
        try:
            found = read_pairs(case.recipe, name, split)
        except DataError as error:
            yield Finding("error", "pairs", error.message, 1, (), error.remedy)
            return
        pairs += found.pairs
        for why, places in found.left.items():
            left[why] += places
    for why, places in left.items():
        yield from _said("warning", why, places)
    if not pairs:
        return
    texts = [_texts(one) for one in pairs]
    places = [one.chosen.place for one in pairs]
    plain = [(" ".join(a.split()), " ".join(b.split())) for _, a, b in texts]
    yield from _said("warning", "nearly", [
        place for place, (a, b) in zip(places, plain, strict=True) if a == b])  # fmt: skip
    keys = [(one.chosen.split, *text) for one, text in zip(pairs, texts, strict=True)]
    seen: Counter[tuple] = Counter()
    twice = []
    for key, place in zip(keys, places, strict=True):
        twice += [place] if seen[key] else []
        seen[key] += 1
    yield from _said("warning", "twice", twice)
    every = {text for text in texts}
    yield from _said("warning", "contrary", [
        place for place, (asked, a, b) in zip(places, texts, strict=True)
        if (asked, b, a) in every])  # fmt: skip
    longer = sum((len(a) > len(b)) + 0.5 * (len(a) == len(b)) for _, a, b in texts) / len(texts)
    if len(texts) >= 20 and longer >= _LONGER:
        yield Finding(
            "info", "length", t("preferences.length.what", n=len(texts), share=longer),
            len(texts), (), t("preferences.length.remedy"),
        )  # fmt: skip
    yield from _cut(case, pairs)


def _unread(case: Case) -> Iterator[Finding]:
    """That what was rejected is not read, and how it would be."""
    for split in case.splits.values():
        found = layout_of_pairs(dict(split.with_format(None)[:LOOKED_AT]), case.recipe.columns)
        if found is not None:
            yield Finding(
                "info", "rejected", t("preferences.unread.what", name=found[2]), 1, (),
                t("preferences.unread.remedy"), {"loss": {"kind": "dpo"}}, asked=True,
            )  # fmt: skip
        return


def _cut(case: Case, pairs: list[Preference]) -> Iterator[Finding]:
    """Pairs of which a side is cut; nothing where the model is not here."""
    try:
        folder = folder_of(case.recipe.model)
        if not os.path.isfile(folder / "tokenizer_config.json"):
            return
        template = template_of(case.recipe, case.tokenizer(folder))
        most, how = case.recipe.max_length, case.recipe.prompt.get("cut", "start")
        places = [
            one.chosen.place for one in pairs[:ROWS]
            if any(fit(row, most, cut=how).cut
                   for side in (one.chosen, one.rejected) for row in render(side, template))
        ]  # fmt: skip
    except WorkbenchError:
        return  # the checks of model and template say it
    of = t("preferences.cut.of", rows=ROWS) if len(pairs) > ROWS else ""
    yield from _said("warning", "cut", places, max_length=most, of=of)


def _texts(one: Preference) -> tuple[str, str, str]:
    """What is asked, and both replies."""
    both = (said(side.messages[one.ask]) for side in (one.chosen, one.rejected))
    return (before(one.chosen, one.ask), *both)  # type: ignore[return-value]


def _said(severity: str, kind: str, places: list[str], **values: object) -> Iterator[Finding]:
    if places:
        yield Finding(
            severity, kind.replace("_", " "),
            t(f"preferences.{kind}.what", n=len(places), **values), len(places),
            tuple(places[:3]), t(f"preferences.{kind}.remedy"),
        )  # fmt: skip
