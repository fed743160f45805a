"""Licences of a model and of the data that it learnt from: what they are, whether they go together.

A small table, no legal advice: it says what is known not to fit, and what nobody knows. Whether
weights are an adaptation of the texts that they were learnt from is not settled; here the terms of
the texts are taken to bind, which is the careful reading.

Sources: the licences' own texts; https://creativecommons.org/compatiblelicenses/ (BY-SA 4.0 may be
taken into GPL-3.0); https://www.gnu.org/licenses/license-list.html (Apache-2.0 goes into GPL-3.0,
not into GPL-2.0; AGPL-3.0 with GPL-3.0 by its section 13).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from workbench.i18n import t

#: What a licence asks, by its name on the hub (SPDX's in small letters).
FREE, ALIKE, NON_COMMERCIAL, NO_CHANGES = "free", "alike", "non_commercial", "no_changes"
KNOWN = {
    **dict.fromkeys(("apache-2.0", "mit", "bsd-2-clause", "bsd-3-clause", "isc", "unlicense",
                     "cc0-1.0", "cc-by-3.0", "cc-by-4.0", "odc-by", "cdla-permissive-2.0"), {FREE}),
    **dict.fromkeys(("cc-by-sa-3.0", "cc-by-sa-4.0", "gpl-2.0", "gpl-3.0", "agpl-3.0", "odbl"),
                    {ALIKE}),
    **dict.fromkeys(("cc-by-nc-3.0", "cc-by-nc-4.0"), {NON_COMMERCIAL}),
    **dict.fromkeys(("cc-by-nc-sa-3.0", "cc-by-nc-sa-4.0"), {NON_COMMERCIAL, ALIKE}),
    **dict.fromkeys(("cc-by-nd-4.0", "cc-by-nc-nd-4.0"), {NO_CHANGES}),
}  # fmt: skip
#: Of two that both want to be kept, the one that the other may be taken into.
_INTO = {("cc-by-sa-4.0", "gpl-3.0"), ("gpl-3.0", "agpl-3.0"), ("cc-by-sa-3.0", "cc-by-sa-4.0")}
_FREE_BUT_NOT_INTO = {("apache-2.0", "gpl-2.0")}
_RESEARCH = re.compile(r"research (?:use|only)|non-?commercial", re.IGNORECASE)
UNKNOWN = "unknown"


@dataclass(frozen=True)
class Together:
    """Whether two licences go together.

    Parameters
    ----------
    fits : bool or None
        None where that is not known.
    said : str
        A sentence.
    licence : str
        What the whole can be under, by its name on the hub; "other" where nothing is sure.
    """

    fits: bool | None
    said: str
    licence: str


def name_of(written: str) -> str:
    """A licence by its name on the hub; "unknown" for none, else as it is written.

    >>> name_of("Apache-2.0"), name_of(""), name_of("own terms")
    ('apache-2.0', 'unknown', 'own terms')
    """
    plain = written.strip()
    small = re.sub(r"[\s_]+", "-", plain.lower()).removesuffix("-only").removesuffix("-or-later")
    return small if small in KNOWN else plain or UNKNOWN


def together(model: str, data: str) -> Together:
    """Whether a model may be handed on that has learnt from data.

    Parameters
    ----------
    model, data : str
        Licences as :func:`name_of` gives them.

    Examples
    --------
    >>> together("apache-2.0", "cc-by-4.0").fits, together("mit", "cc-by-nc-4.0").fits
    (True, False)
    >>> together("mit", "unknown").fits is None
    True
    """
    asks, wants = KNOWN.get(model), KNOWN.get(data)
    about = {"model": model, "data": data}
    if _RESEARCH.search(data):
        return Together(False, t("licences.research", **about), "other")
    if asks is None or wants is None:
        which = "both" if asks is None and wants is None else "model" if asks is None else "data"
        return Together(None, t(f"licences.unknown_{which}", **about), "other")
    if NO_CHANGES in wants or NO_CHANGES in asks:
        return Together(False, t("licences.no_changes", **about), "other")
    if model == data:
        return Together(True, t("licences.same", **about), model)
    if NON_COMMERCIAL in wants:
        return Together(False, t("licences.non_commercial", **about), "other")
    pair = (model, data)
    if asks == wants == {FREE}:
        return Together(True, t("licences.fit", **about), model)
    if wants == {FREE} and (data, model) not in _FREE_BUT_NOT_INTO:
        return Together(True, t("licences.fit", **about), model)
    if asks == {FREE} and pair not in _FREE_BUT_NOT_INTO:
        return Together(True, t("licences.alike", **about), data)
    for one, other in (pair, pair[::-1]):
        if (one, other) in _INTO:
            return Together(True, t("licences.into", **about, one=one, other=other), other)
    return Together(False, t("licences.against", **about), "other")
