"""How long something takes, for people."""

from __future__ import annotations

from .i18n import t


def duration(seconds: float) -> str:
    """Seconds in the two largest units that they fill.

    >>> duration(19.2), duration(134), duration(7300), duration(266_400)
    ('19 s', '2 min 14 s', '2 h 1 min', '3 d 2 h')
    """
    whole = round(seconds)
    if whole < 60:
        return t("time.seconds", s=whole)
    if whole < 3600:
        return t("time.minutes", m=whole // 60, s=whole % 60)
    if whole < 86_400:
        return t("time.hours", h=whole // 3600, m=whole % 3600 // 60)
    return t("time.days", d=whole // 86_400, h=whole % 86_400 // 3600)
