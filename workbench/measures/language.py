"""Whether texts are written in the language that was asked for."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from ..data.doctor.languages import LEAST, SURE, languages
from .asked import texts_of
from .measure import Measure, mean_of


def wrong_language(outputs: Iterable[str], language: str) -> Measure:
    """Share of the texts that are in another language, of those whose language can be told.

    Told as the data check tells it (:func:`workbench.data.doctor.languages.languages`): of too few
    characters, or where two languages are about as likely, it is not told; the row has no value.

    Parameters
    ----------
    language : str
        ISO 639-1 code of the language that was asked for, as ``de``.
    """
    (outputs,) = texts_of(outputs=outputs)
    found = languages(outputs)
    wrong = np.array([np.nan if code is None else float(code != language) for code in found])
    return mean_of("wrong_language", wrong, f"lang:{language}|least:{LEAST}|sure:{SURE}")
