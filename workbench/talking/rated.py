"""Answers rated by hand, or judged: who won, and preference data of it."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..atomic_files import write_text
from ..errors import DataError, nearest
from ..i18n import t
from ..intervals import exact_interval, mcnemar
from .judging import BOTH_BAD, Judge, Judged, Pair, judge_pairs
from .seats import CONVERSATION, TEXT
from .state import State
from .turns import DONE, STOPPED, Answer, Turn

if TYPE_CHECKING:
    import pandas as pd

VERDICTS = ("better", "worse", BOTH_BAD)


class Rated(State):
    """A conversation whose answers are rated in pairs."""

    def rate(
        self, verdict: str, side: str = "A", *, answers: Sequence[int] | None = None
    ) -> dict[str, Any]:
        """Say which of two answers is better; of the same two the last word counts.

        Of two seats their answers that are shown are compared; of one its last two, the earlier
        one being side A.

        Parameters
        ----------
        verdict : {'better', 'worse', 'both_bad'}
            Of ``side``, beside the other.
        side : {'A', 'B'}
        answers : two int, optional
            Numbers of A's and B's answer, in place of those that are shown by now.

        Raises
        ------
        DataError
            If there are no two answers, they are the same text, or the verdict is none.
        """
        if verdict not in VERDICTS:
            raise DataError(t("talking.verdict", verdict=repr(verdict)), nearest(verdict, VERDICTS))
        if side not in ("A", "B"):
            raise DataError(t("talking.side", side=repr(side)), t("talking.sides", known="A, B"))
        turn = self.turn
        pair = self.pair(turn, answers)
        first, second = (turn.answers[seat][which] for seat, which in pair)
        states = {first.state, second.state}
        if not states <= {DONE, STOPPED} or not (first.weights and second.weights):
            raise DataError(t("talking.no_pair"), t("talking.no_pair_back"))
        if verdict != "both_bad" and first.text == second.text:
            raise DataError(t("talking.same_text"), t("talking.same_text_back"))
        better = None
        if verdict != "both_bad":
            better = side if verdict == "better" else "B" if side == "A" else "A"
        told = any(one["turn"] == turn.number for one in self.ratings)  # who wrote what
        blind = turn.blind and len(self.seats) == 2 and not told
        rating = {"turn": turn.number, "pair": pair, "better": better, "blind": blind}
        self.ratings = [one for one in self.ratings
                        if one["turn"] != turn.number or sorted(one["pair"]) != sorted(pair)]
        self.ratings.append(rating)
        return rating

    def pair(self, turn: Turn, answers: Sequence[int] | None = None) -> list[list[int]]:
        """Seat and answer of what a turn shows as A and B, or of these answers of both (DataError
        where there are no two)."""
        if answers is not None:
            sides = self.order(turn.number) if len(self.seats) == 2 else [0, 0]
            found = [list(one) for one in zip(sides, answers, strict=False)]
            if len(answers) != 2 or found[0] == found[1]:
                raise DataError(t("talking.no_pair"), t("talking.no_pair_back"))
            for seat, which in found:
                turn.answer(seat, which)
            return found
        if len(self.seats) == 2:
            found = [[seat, turn.chosen[seat]] for seat in self.order(turn.number)]
        else:
            found = [[0, turn.chosen[0] - 1], [0, turn.chosen[0]]]
        if min(which for _, which in found) < 0:
            raise DataError(t("talking.no_pair"), t("talking.no_pair_back"))
        return found

    def rated(self) -> pd.DataFrame:
        """What was rated.

        Returns
        -------
        pandas.DataFrame, a row a pair
            ``turn``, ``asked``, ``a``, ``b`` (names of the weights), ``a_text``, ``b_text``,
            ``better`` ("A", "B", "" where both are bad), ``winner`` (a name, or ""), ``blind``
            (no longer once a pair of the turn was rated: its sides are known then).
        """
        import pandas as pd

        rows = []
        for one in self.ratings:
            first, second = self._answers(one)
            winner = {"A": first, "B": second}.get(one["better"])
            rows.append((one["turn"], self.turns[one["turn"]].text, _name(first), _name(second),
                         first.text, second.text, one["better"] or "",
                         _name(winner) if winner else "", one["blind"]))  # fmt: skip
        return pd.DataFrame(rows, columns=["turn", "asked", "a", "b", "a_text", "b_text", "better",
                                           "winner", "blind"])  # fmt: skip

    def score(self) -> pd.DataFrame:
        """Who won how often, of pairs that two different weights wrote.

        Turns count as if they had nothing to do with each other; those of one conversation do, so
        many short conversations say more than a long one.

        Returns
        -------
        pandas.DataFrame, a row a weights and opponent
            ``model``, ``against``, ``won``, ``lost``, ``both_bad``, ``share`` (of what was decided;
            NaN of none), ``low``, ``high`` (exact 95 % binomial interval of it) and ``p`` (that
            both are equally good: exact, two-sided).
        """
        import pandas as pd

        counts: dict[tuple[tuple, tuple], list[int]] = {}
        for one in self.ratings:
            first, second = (_weights(answer) for answer in self._answers(one))
            if first == second:
                continue
            for mine, theirs, side in ((first, second, "A"), (second, first, "B")):
                count = counts.setdefault((mine, theirs), [0, 0, 0])
                place = 2 if one["better"] is None else int(one["better"] != side)
                count[place] += 1
        rows = []
        names = _distinct({one for pair in counts for one in pair})
        for (mine, theirs), (won, lost, bad) in counts.items():
            decided = won + lost
            low, high = exact_interval(won, decided)
            share = won / decided if decided else float("nan")
            rows.append((names[mine], names[theirs], won, lost, bad, share, low, high,
                         mcnemar(won, lost)))  # fmt: skip
        return pd.DataFrame(rows, columns=["model", "against", "won", "lost", "both_bad", "share",
                                           "low", "high", "p"])  # fmt: skip

    def judge(
        self, by: Judge | str, *, unrated: bool = False,
        on_pair: Callable[[int, int], object] | None = None,
    ) -> Judged:  # fmt: skip
        """Have the pairs that were rated judged by a metric or a model.

        Parameters
        ----------
        by : {'chrf', 'exact_match', 'length'} or Judge
            See :class:`.judging.MetricJudge` and :class:`.model_judge.ModelJudge`.
        unrated : bool
            Judge also what each other turn shows as two answers.
        on_pair : callable, optional
            ``on_pair(done, all)`` before the first pair and after each; where it returns something
            true, those that are left have no verdict.

        Raises
        ------
        DataError
            If there is nothing to judge, or no such metric.
        """
        said = {"A": "A", "B": "B", None: BOTH_BAD}
        places = [(one["turn"], one["pair"], said[one["better"]]) for one in self.ratings]
        for turn in self.turns if unrated else ():
            try:
                pair = self.pair(turn)
            except DataError:
                continue
            if not any(turn.number == number and sorted(pair) == sorted(other)
                       for number, other, _ in places):  # fmt: skip
                places.append((turn.number, pair, ""))
        return judge_pairs(by, [one for place in places if (one := self._judged(*place))], on_pair)

    def preferences(self) -> pd.DataFrame:
        """Pairs of which one is better, as preference data with an explicit prompt.

        Of conversations ``prompt``, ``chosen`` and ``rejected`` are lists of messages, and there is
        ``tools`` where some may be called in any (empty where in none of a pair); otherwise they
        are texts. ``datasets.Dataset`` made of
        it, or :meth:`save_preferences` loaded as JSON, is what TRL's DPOTrainer takes.

        Left out is a pair of which both are bad, and one whose answers have different turns behind
        them: no prompt is that of both. ``attrs["notes"]`` says how many.
        """
        import pandas as pd

        rows, bad, apart = [], 0, 0
        for one in self.ratings:
            turn, answers = self.turns[one["turn"]], self._answers(one)
            read = [self.read_by(turn, seat, answer.system)
                    for (seat, _), answer in zip(one["pair"], answers, strict=True)]  # fmt: skip
            if one["better"] is None or read[0] != read[1]:
                bad += one["better"] is None
                apart += one["better"] is not None
                continue
            chosen, rejected = answers if one["better"] == "A" else answers[::-1]
            rows.append(self._preference(read[0], chosen.text, rejected.text))
        if any("tools" in row for row in rows):  # a cell that is missing would be no JSON
            rows = [{**row, "tools": row.get("tools", [])} for row in rows]
        notes = [t("talking.both_bad_left", n=bad)] if bad else []
        notes += [t("talking.apart_left", n=apart)] if apart else []
        notes += [t("talking.asked_alone")] if rows and self.way == TEXT else []
        found = pd.DataFrame(rows, columns=None if rows else ["prompt", "chosen", "rejected"])
        found.attrs["notes"] = notes
        return found

    def save_preferences(self, path: str | Path) -> list[str]:
        """Write :meth:`preferences`, a line of JSON a pair; gives what is to be said of them.

        Raises
        ------
        DataError
            If there is none.
        """
        found = self.preferences()
        if found.empty:
            raise DataError(t("talking.no_preferences"), " ".join(found.attrs["notes"])
                            or t("talking.no_preferences_back"))  # fmt: skip
        lines = [json.dumps(row, ensure_ascii=False) for row in found.to_dict("records")]
        write_text(Path(path), "\n".join(lines) + "\n")
        return found.attrs["notes"]

    def _judged(self, number: int, places: list[list[int]], hand: str) -> Pair | None:
        turn = self.turns[number]
        first, second = (turn.answers[seat][which] for seat, which in places)
        if not {first.state, second.state} <= {DONE, STOPPED}:
            return None
        read = [self.read_by(turn, seat, answer.system)
                for (seat, _), answer in zip(places, (first, second), strict=True)]  # fmt: skip
        return Pair(number, places, turn.text, (first.text, second.text), read, turn.truth, hand)

    def _answers(self, rating: dict[str, Any]) -> tuple[Answer, Answer]:
        first, second = (self.turns[rating["turn"]].answers[seat][which]
                         for seat, which in rating["pair"])  # fmt: skip
        return first, second

    def _preference(self, read: dict[str, Any], chosen: str, rejected: str) -> dict[str, Any]:
        if self.way != CONVERSATION:
            return {"prompt": read["text"], "chosen": chosen, "rejected": rejected}
        about = json.loads(read["line"])
        tools = {"tools": about["tools"]} if about["tools"] else {}
        return {"prompt": about["messages"], "chosen": [_reply(chosen)],
                "rejected": [_reply(rejected)], **tools}  # fmt: skip


def _reply(text: str) -> dict[str, str]:
    return {"role": "assistant", "content": text}


def _name(answer: Answer) -> str:
    return answer.weights.get("name", "")


def _weights(answer: Answer) -> tuple[str, str]:
    return _name(answer), answer.weights.get("sha256", "")


def _distinct(weights: set[tuple[str, str]]) -> dict[tuple[str, str], str]:
    """A name for each; those of one name have the beginning of their hash behind it."""
    names = [name for name, _ in weights]
    return {(name, digest): name if names.count(name) == 1 else f"{name} ({digest[:8]})"
            for name, digest in weights}  # fmt: skip
