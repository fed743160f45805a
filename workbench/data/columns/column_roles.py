"""Which column has which role of a task: guesses over one set of columns."""

from __future__ import annotations

import warnings

from ... import task_registry
from ...errors import SpecError
from ...i18n import t
from ...task_spec import TaskSpec, load_object
from .judged_columns import JudgedColumns, Roles, placed_text
from .known_columns import QUESTION_COLUMNS
from .role_names import (
    LABEL_NAMES,
    LIST_NAMES,
    PAIRS,
    TAG_NAMES,
    TOKEN_NAMES,
    ends_with,
    text_named,
    twins,
)
from .written_columns import pair as written_pair

SHARED = {"text", "pair", "label"}  # roles of several tasks: a column that is given says no task
_TOGETHER = 3  # columns of yes and no that are taken for labels together; two are asked about
_LIKE = 2  # two columns of texts are alike where one has at most so many times the other's words


class Guess(JudgedColumns):
    """Guesses over one set of columns: which task they are of, and which column has which role."""

    def best(self) -> tuple[str, Roles] | None:
        """The most particular task whose columns are there."""
        known = task_registry.specs(trains=None)
        if self.given:
            for one in known:
                if set(self.given) & set(one.role_names) - SHARED:
                    return self.of(one.name)
        for one in sorted((s for s in known if s.guessed), key=lambda s: s.guessed):
            if self.given and "label" not in one.role_names:
                continue
            try:
                found = self._recognised(one)
            except SpecError as error:  # its code is not there: the other tasks are tried
                warnings.warn(str(error), stacklevel=2)
                continue
            if found is not None:
                return found
        return None

    def of(self, task: str) -> tuple[str, Roles] | None:
        """The roles of a task that is settled; roles that nothing fits are left out."""
        one = task_registry.find(task)
        if one is None:
            return self.best()
        found = self._recognised(one, settled=True)
        return (task, found[1]) if found else self._forced(one)

    def _recognised(self, one: TaskSpec, *, settled: bool = False) -> tuple[str, Roles] | None:
        """Task and roles, as the task recognises them; the task may be a sibling of it.

        Tasks that differ in what a label is are told apart by the column of the labels.
        """
        if one.recognise is None:
            roles = self._by_name(one)
            return None if roles is None else (one.name, roles)
        roles = load_object(one.recognise, f"The task {one.name!r}")(self, one if settled else None)
        if roles is None:
            return None
        if settled or "label" not in roles:
            return one.name, roles
        return task_registry.with_label(self._label_kind(roles["label"][0])), roles

    def _by_name(self, one: TaskSpec) -> Roles | None:
        """Roles of columns that are called as the task says; None where a needed one is missing."""
        roles: Roles = {}
        for role in one.roles:
            named = [n for n in self.named(role.name, *role.names) if n not in {
                name for name, _ in roles.values()
            }]  # fmt: skip
            if role.name in self.given:
                roles[role.name] = (self.given[role.name], "It was given.")
            elif named:
                roles[role.name] = (named[0], f"Its name is {named[0]!r}.")
        return roles if set(one.required) <= set(roles) else None

    def _forced(self, one: TaskSpec) -> tuple[str, Roles] | None:
        names = one.role_names
        roles: Roles = {r: (n, "It was given.") for r, n in self.given.items() if r in names}
        if task_registry.label_kind(one) in ("label", "labels"):
            if "text" not in roles and (text := self._text(set())) is not None:
                roles["text"] = text
        return (one.name, roles) if roles else None

    def questions(self, _task: TaskSpec | None = None) -> Roles | None:
        """A question, its context and the answers, by the names of the columns."""
        names = {role: self.given.get(role) for role in ("question", "context", "answers")}
        for role in names:
            names[role] = names[role] or next(iter(self.named(role)), None)
        if not names["answers"]:
            names["answers"] = next(iter(self.named(*QUESTION_COLUMNS["answers"])), None)
        if not names["context"] and names["answers"]:
            other = next(iter(self.named(*QUESTION_COLUMNS["context"])), None)
            if self.kind(names["answers"]) in ("text", "texts", "object") or (
                other and self.stand_in(names["answers"], other)
            ):  # not yes and no
                names["context"] = other
        if None in names.values():
            return self._by_places(names)
        return {
            role: (name, self._because(role, f"Its name is {name!r}."))
            for role, name in names.items()
        }

    def _by_places(self, names: dict[str, str | None]) -> Roles | None:
        """The same whatever they are called, where answers say at which place they begin."""
        found = {name: list(map(placed_text, cells)) for name, cells in self.values.items()}
        answers = next((n for n in [names["answers"], *found] if n and any(found.get(n, ()))), None)
        cells = zip(self.values.get(answers, ()), found.get(answers, ()), strict=True)
        if answers is None or any(cell and text is None for cell, text in cells):
            return None
        texts = [c.name for c in self.texts({answers, names["question"] or ""})]
        holding = [n for n in texts if self.stand_in(answers, n)]
        context = names["context"] or (holding[0] if len(holding) == 1 else None)
        asking = [n for n in texts if n != context]
        asking = asking[:1] if len(asking) == 1 else [n for n in asking if self.asks(n)]
        question = names["question"] or (asking[0] if len(asking) == 1 else None)
        if context is None or question is None:
            return None
        why = {"answers": (answers, t("data_notes.answers_placed")),
               "context": (context, t("data_notes.answers_within", answers=answers)),
               "question": (question, t("data_notes.answers_asked"))}  # fmt: skip
        return {role: (name, self._because(role, said)) for role, (name, said) in why.items()}

    def tokens(self, _task: TaskSpec | None = None) -> Roles | None:
        """Lists of words, and a list of tags for each."""
        lists = [n for n, c in self.columns.items() if c.kind == "texts"]
        tokens = self.given.get("tokens") or next(
            (n for n in self.named(*TOKEN_NAMES) if n in lists), None
        )
        if tokens is None:
            return None
        others = [n for n, c in self.columns.items() if c.kind in ("texts", "wholes")]
        tags = self.given.get("tags") or next(
            (n for n in self.named(*TAG_NAMES) if n in others and n != tokens), None
        )
        tags = tags or next((n for n in others if n != tokens), None)
        if tags is None:
            return None
        rivals = [n for n in self.named(*TAG_NAMES) if n in others and n not in (tokens, tags)]
        also = f"; so do {', '.join(map(repr, rivals[:3]))}" if rivals else ""
        why = {
            "tokens": f"{tokens!r} holds lists of texts.",
            "tags": f"{tags!r} holds a list for each list of tokens{also}.",
        }
        return {
            "tokens": (tokens, self._because("tokens", why["tokens"])),
            "tags": (tags, self._because("tags", why["tags"])),
        }

    def plain(self, _task: TaskSpec | None = None) -> Roles | None:
        """A column of texts, whatever else there is."""
        text = self._text(set())
        return None if text is None else {"text": text}

    def labelled(self, task: TaskSpec | None = None) -> Roles | None:
        """A text or a pair, and its label; ``task`` is what is settled."""
        pair = self._pair()
        label = self._label(pair, task)
        if label is None:
            return None
        roles: Roles = {}
        if pair and label[0] not in pair[:2]:
            roles["text"], roles["pair"] = (pair[0], pair[2]), (pair[1], pair[2])
        else:
            text = self._text({label[0], self.given.get("pair", "")})
            if text is None:
                return None
            roles["text"] = text
        if "pair" in self.given:
            roles["pair"] = (self.given["pair"], "It was given.")
        roles["label"] = label
        return roles

    def _label_kind(self, label: str) -> str:
        """What a column of labels holds: one, several or a number."""
        column = self.columns.get(label)
        if column is None:  # several, of one label each
            return "label" if self.one_hot(label) else "labels"
        if column.kind in ("texts", "wholes"):
            return "labels"
        number = column.kind == "fraction" or (column.kind == "text" and self.written(label))
        return "number" if number else "label"

    # texts -------------------------------------------------------------------------------------
    def _text(self, taken: set[str]) -> tuple[str, str] | None:
        if "text" in self.given:
            return self.given["text"], "It was given."
        texts = self.texts(taken)
        for name in text_named(self.by_lower):
            column = self.columns[name]
            if column in texts and column.words >= 1:
                return name, f"Its name is {name!r} and it holds texts."
        texts = [c for c in texts if c.kind == "text"] or texts
        texts = [c for c in texts if not c.repeats] or texts
        if not texts:
            return None
        longest = max(texts, key=lambda c: c.words)
        return longest.name, f"Its texts are the longest ({longest.words:.0f} words on average)."

    def _pair(self) -> tuple[str, str, str] | None:
        """Two columns that are one example together, and why."""
        if "text" in self.given or "pair" in self.given:
            return None
        texts = [c.name for c in self.texts({self.given.get("label", "")})]
        for a, b in PAIRS:
            found = [*self.named(a), *self.named(b)]
            if len(found) == 2 and set(found) <= set(texts):
                return *found, f"{found[0]!r} and {found[1]!r} usually are a pair."
        whole = [self.columns[n] for n in texts if self.kind(n) == "text"]
        found = twins([c.name for c in whole])
        if found and not all(name.startswith("column_") for name in found):
            return *found, f"{found[0]!r} and {found[1]!r} differ by their number alone."
        unnamed = all(name.startswith("column_") for name in self.columns)
        whole = [c for c in whole if c.words >= 3 and not c.repeats]
        if unnamed and len(whole) == 2:
            one, two = sorted(c.words for c in whole)
            if two <= _LIKE * one:
                why = "They are the only two columns of texts, and about equally long."
                return whole[0].name, whole[1].name, why
        return None

    # labels ------------------------------------------------------------------------------------
    def _label(self, pair, task: TaskSpec | None) -> tuple[str, str] | None:
        kind = task_registry.label_kind(task)
        if "label" in self.given:
            return self.given["label"], "It was given."
        taken = set(pair[:2]) if pair else set()
        fit = [n for n in self.fitting() if n not in taken]
        pair_written = None if kind else written_pair(self)
        written = (pair_written or {}).get("target", ("",))[0]
        for name in self.named(*LABEL_NAMES):
            column = self.columns[name]
            if name == written and column.kind == "text":
                continue  # a short text beside what it was written for
            if name in fit or column.kind not in ("text", "object", "other"):
                return name, f"Its name is {name!r}; {self.about(column)}."
            if column.kind == "text" and column.words <= 4:
                return name, f"Its name is {name!r}; {self.about(column)}."
        for name in ends_with(fit, LABEL_NAMES):
            return name, f"Its name is {name!r}; {self.about(self.columns[name])}."
        words = self.named(*TOKEN_NAMES)
        lists = [n for n, c in self.columns.items() if c.kind == "texts" and n not in words]
        for name in self.named(*LIST_NAMES):
            if name in lists:
                return name, f"Its name is {name!r}; {self.about(self.columns[name])}."
        numbers = [n for n, c in self.columns.items() if c.kind == "fraction"]
        if kind == "number" or (pair and pair[0].startswith("column_")):
            if len(numbers) == 1:
                return numbers[0], f"It has fractions; {self.about(self.columns[numbers[0]])}."
        if len(together := self.binary()) >= _TOGETHER and kind != "label":
            return ", ".join(together), "Each of them holds yes or no (1 or 0)."
        if len(together) == 2 and kind != "number" and self.one_hot(", ".join(together)):
            return ", ".join(together), "Each row has exactly one of them."
        if not fit and len(lists) == 1:
            only = self.columns[lists[0]]
            return lists[0], f"It is the only column of lists; {self.about(only)}."
        if written in fit:
            said = f"Its name is {written!r}, and its values repeat"
            return written, f"{said}; {self.about(self.columns[written])}."
        if not fit or pair_written:  # what repeats beside two such columns is no label
            return self._only_number() if kind in (None, "", "number") else None
        fewest = min(
            fit, key=lambda n: (self.columns[n].distinct, self.columns[n].kind == "whole", n)
        )  # a name rather than its number
        return (
            fewest,
            f"It has the fewest values that repeat; {self.about(self.columns[fewest])}.",
        )

    def _only_number(self) -> tuple[str, str] | None:
        """The only column of numbers that is no whole number, where another one holds texts."""
        found = [n for n, c in self.columns.items() if c.kind == "fraction" or self.written(n)]
        if len(found) != 1 or not self.texts({found[0]}):
            return None
        values = self.about(self.columns[found[0]])
        return found[0], f"It is the only column of numbers; {values}."

    def _because(self, role: str, reason: str) -> str:
        return "It was given." if role in self.given else reason
