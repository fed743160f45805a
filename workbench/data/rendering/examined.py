"""What is wrong with rendered rows, said before anything is trained."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from ...i18n import t
from ..conversations.problems import Said
from .fitting import Fitted, needed
from .rendered import ISSUES
from .template import Template

MUCH = 0.5  # share of rows whose questions are cut that is a fault of the settings
_WORDS = 160  # characters of what a template says
_ORDER = ("error", "warning", "info")


def examine(fitted: Sequence[Fitted], template: Template, max_length: int | None) -> list[Said]:
    """Findings over all rows, the worst first, each with its count and three places.

    Every reply's stop is learnt, or it is said; rows of which nothing is learnt are named, with the
    length that would keep all replies whole; so is what is trained otherwise than it is asked.
    """
    found: list[Said] = []
    if template.said:
        found.append(Said("template", "info", template.said, "", 1, ()))
    if template.in_front:
        moved = [talk.place for talk in (one.row.conversation for one in fitted)
                 if [message.role for message in talk.messages[:1]] == ["system"]]  # fmt: skip
        if moved:
            found.append(_said("in_front", "info", moved, moved))
    if template.strange:
        marks = ", ".join(map(repr, template.strange[:4]))
        found.append(_said("strange", "warning", template.strange, [], marks=marks))
    for kind, severity in ISSUES.items():
        places = [one.row.conversation.place for one in fitted if kind in dict(one.row.issues)]
        if places and kind == "refused":
            found.append(_refused(fitted, severity))
        elif places:
            found.append(_said(kind, severity, places, places))
    whole = needed([one.row for one in fitted])
    nothing = [one for one in fitted if not one.targets]
    never = [o.row.conversation.place for o in nothing if not o.row.targets and not _told(o)]
    lost = [one.row.conversation.place for one in nothing if one.row.targets]
    if never:
        found.append(_said("nothing_learnt", "warning", never, never))
    if lost:
        found.append(_said("all_cut", "error" if len(lost) == len(fitted) else "warning", lost,
                           lost, max_length=max_length, whole=whole))  # fmt: skip
    some = [one for one in fitted if one.cut_targets and one.targets]
    parts = [one.row.conversation.place for one in some if one.replies_cut]
    begun = [one for one in some if not one.replies_cut]
    if begun:
        found.append(_said(
            "replies_left", "warning", begun, [one.row.conversation.place for one in begun],
            max_length=max_length, whole=whole, share=len(begun) / len(fitted),
            left=sum(one.replies_left for one in begun),
            of=sum(len(one.row.reply_ends) for one in begun),
        ))  # fmt: skip
    if parts:
        found.append(_said("reply_cut", "warning", parts, parts, max_length=max_length,
                           whole=whole, share=len(parts) / len(fitted)))  # fmt: skip
    asked = [o.row.conversation.place for o in fitted if o.cut and not o.cut_targets]
    if asked:
        share = len(asked) / len(fitted)
        found.append(_said("asked_cut", "warning" if share >= MUCH else "info", asked, asked,
                           max_length=max_length, share=share, whole=whole))  # fmt: skip
    return sorted(found, key=lambda one: _ORDER.index(one.severity))


def _refused(fitted: Sequence[Fitted], severity: str) -> Said:
    """With the template's own words, those that it says most often."""
    rows = [one.row for one in fitted if "refused" in dict(one.row.issues)]
    (why, _), *others = Counter(row.refusal[:_WORDS] for row in rows).most_common()
    places = [row.conversation.place for row in rows]
    if others:
        why += t("templates.refused_others", n=len(others))
        places = [f"{row.conversation.place}: {row.refusal[:_WORDS]}" for row in rows]
    return _said("refused", severity, rows, places, why=why)


def _told(one: Fitted) -> bool:
    return bool({"refused", "asked_otherwise"} & {kind for kind, _ in one.row.issues})


def _said(kind: str, severity: str, counted: list, places: list[str], **values) -> Said:
    key = f"templates.{kind}"
    return Said(
        kind, severity, t(f"{key}.what", n=len(counted), **values),
        t(f"{key}.remedy", **values), len(counted), tuple(dict.fromkeys(places))[:3],
    )  # fmt: skip
