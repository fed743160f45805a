"""Which columns hold a text and what is written for it, and which texts belong together."""

import pytest

from workbench.data.columns import mapping
from workbench.errors import DataError

N = 30


def guessed(columns, **about):
    import datasets

    rows = {name: [f"{text} {n}" if isinstance(text, str) and text else text for n in range(N)]
            for name, text in columns.items()}  # fmt: skip
    rows = {name: [v[n % len(v)] if isinstance(v, tuple) else v for n, v in enumerate(values)]
            for name, values in rows.items()}  # fmt: skip
    splits = datasets.DatasetDict({"train": datasets.Dataset.from_dict(rows)})
    found = mapping.infer(splits, **about)
    return found.task, found.columns, found.rivals


A, B, C = "where is the boat", "it lies at the pier", "no boat has come"
WRITTEN = {
    "source-target": ({"source": A, "target": B}, ("source", "target", None)),
    "prefix": ({"prefix": ("sum", "ask"), "source": A, "target": B},
               ("source", "target", "prefix")),
    "simple-t5": ({"prefix": ("sum", "ask"), "input_text": A, "target_text": B},
                  ("input_text", "target_text", "prefix")),
    "flan": ({"inputs": A, "targets": B, "task": ("x", "y")}, ("inputs", "targets", None)),
    "definition": ({"definition": ("say",), "input": A, "output": B},
                   ("input", "output", "definition")),
    "languages": ({"en": A, "de": B}, ("en", "de", None)),
    "scripts": ({"sentence_eng_Latn": A, "sentence_deu_Latn": B},
                ("sentence_eng_Latn", "sentence_deu_Latn", None)),
    "a-region-that-is-a-language": ({"en": A, "uk": B}, ("en", "uk", None)),
    "letters-that-are-a-language": ({"text_english": A, "text_thai": B},
                                    ("text_english", "text_thai", None)),
    "regions": ({"text_en_UK": A, "text_de_AT": B}, ("text_en_UK", "text_de_AT", None)),
    "turned": ({"de": A, "en": B}, ("de", "en", None)),
    "named": ({"id": "s", "English": A, "Deutsch": B}, ("English", "Deutsch", None)),
    "parts": ({"translation.en": A, "translation.fr": B},
              ("translation.en", "translation.fr", None)),
    "pieces": ({"text_en": A, "text_zh-CN": B}, ("text_en", "text_zh-CN", None)),
    "before": ({"en_text": A, "ru_text": B}, ("en_text", "ru_text", None)),
    "chinese": ({"英文": A, "中文": B}, ("英文", "中文", None)),
    "domain": ({"source": A, "target": B, "domain": ("sea", "land")}, ("source", "target", None)),
    "headline": ({"text": A, "headline": B}, ("text", "headline", None)),
}  # fmt: skip


@pytest.mark.parametrize(("columns", "names"), WRITTEN.values(), ids=WRITTEN)
def test_a_text_and_what_is_written_for_it(columns, names):
    task, found, _ = guessed(columns)
    assert task == "text-to-text"
    assert tuple(found.get(role) for role in ("source", "target", "prefix")) == names


def test_of_three_languages_the_others_are_rivals():
    task, found, rivals = guessed({"en": A, "de": B, "fr": C})
    assert (task, found["target"], rivals["target"]) == ("text-to-text", "de", ("fr",))


def test_what_is_given_is_taken():
    _, found, _ = guessed({"en": A, "de": B, "fr": C}, given={"target": "fr"})
    assert found == {"source": "en", "target": "fr"}
    _, found, _ = guessed({"en": A, "de": B}, given={"source": "de", "target": "en"})
    assert found == {"source": "de", "target": "en"}
    _, found, _ = guessed({"source": A, "target": B, "what": C}, given={"prefix": "what"})
    assert found == {"source": "source", "target": "target", "prefix": "what"}
    _, found, _ = guessed({"instruction": C, "input": A, "output": B}, task="text-to-text")
    assert found == {"source": "input", "target": "output", "prefix": "instruction"}


OTHERS = {
    "one-language": ({"en": A, "note": B}, "language-modelling"),
    "words-that-are-codes": ({"id": A, "it": B}, "language-modelling"),
    "label": ({"text": A, "summary": B, "label": ("good", "bad")}, "text-classification"),
    "few-targets": (
        {"prefix": ("sst", "cola"), "input_text": A, "target_text": ("good", "bad")},
        "text-classification"),
    "ids": ({"text_id": tuple(f"t{n}" for n in range(N)), "text_en": A}, "language-modelling"),
    "parts-of-speech": ({"sentence": A, "pos": "DT NN VB"}, "language-modelling"),
    "yes-no": ({"text": A, "positive": ("yes", "no")}, "text-classification"),
    "preferred": ({"prompt": A, "chosen": B, "rejected": C}, "chat"),
    "asked-and-preferred": ({"question": A, "chosen": B, "rejected": C}, "chat"),
}


@pytest.mark.parametrize(("columns", "task"), OTHERS.values(), ids=OTHERS)
def test_what_is_no_text_for_another_is_left_to_other_tasks(columns, task):
    assert guessed(columns)[0] == task


MATCHED = {
    "anchor": {"anchor": A, "positive": B, "negative": C},
    "short": {"anchor": A, "pos": B, "neg": C},
    "query": {"query": A, "positive": B, "hard_negative": C},
    "letters": {"a": A, "p": B, "n": C},
    "text": {"text": A, "positive": B, "negative": C},
    "sentences": {"sent0": A, "sent1": B, "hard_neg": C},
    "numbers": {"sentence1": A, "sentence2": B, "negative": C},
    "passages": {"query": A, "positive_passage": B, "negative_passage": C},
    "capitals": {"Query": A, "Positive": B, "Negative": C},
    "inference": {"premise": A, "entailment": B, "hard_negative": C},
    "pair": {"anchor": A, "positive": B},
}


@pytest.mark.parametrize("columns", MATCHED.values(), ids=MATCHED)
def test_triplets_and_pairs_by_name(columns):
    task, found, _ = guessed(columns)
    assert task == "sentence-similarity"
    assert list(found.values()) == list(columns)


def test_several_wrong_texts_of_a_row_are_one_role():
    task, found, _ = guessed({"query": A, "positive": B, "negative_1": C, "negative_2": A})
    assert (task, found["negative"]) == ("sentence-similarity", "negative_1, negative_2")
    _, found, _ = guessed({"query": A, "positive": B, "negative": C, "negative_2": A})
    assert found["negative"] == "negative, negative_2"
    _, found, _ = guessed({"query": A, "positive": B, "neg_1": C})
    assert found["negative"] == "neg_1"
    _, found, _ = guessed({"query": A, "positive": B, "neg_1": (1, 2), "neg_2": (3, 4)})
    assert "negative" not in found  # numbers of something


def test_letters_alone_are_no_triplet():
    assert guessed({"a": A, "p": B})[0] != "sentence-similarity"


@pytest.mark.parametrize(
    "columns",
    [{"text": A, "headline": B, "section": ("sport", "work")},
     {"text": A, "summary": B, "overall": (1, 2, 3, 4, 5)},
     {"text_en": A, "text_de": B, "genre": ("letter", "song")}],
    ids=["section", "stars", "genre"],
)  # fmt: skip
def test_classes_beside_two_texts_are_named(columns):
    classes = list(columns)[-1]
    task, _, rivals = guessed(columns)
    assert (task, rivals["label"]) == ("text-to-text", (classes,))
    assert "label" not in guessed(columns, task="text-to-text")[2]  # it was asked for


def test_the_check_says_so_with_a_way_back():
    import pandas as pd

    import workbench as wb

    table = pd.DataFrame({
        "text": [f"{A} {n}" for n in range(N)], "headline": [f"{B} {n}" for n in range(N)],
        "section": ["sport", "work", "home"] * (N // 3),
    })  # fmt: skip
    said = [f for f in wb.check(table, task=None).found if f.check == "close call: task"]
    assert len(said) == 1 and said[0].severity == "warning" and "'section'" in said[0].what
    assert "task='text-classification'" in said[0].remedy
    assert "'text': 'text', 'label': 'section'" in said[0].remedy


@pytest.mark.parametrize(
    ("task", "roles"),
    [("text-to-text", ("source", "target")), ("chat", ("prompt", "reply")),
     ("sentence-similarity", ("anchor", "positive"))],
)  # fmt: skip
def test_columns_of_any_name_are_taken_in_order_where_the_task_is_settled(task, roles):
    import pandas as pd

    import workbench as wb

    frame = pd.DataFrame({
        "nr": range(N), "gefragt": [f"{A} {n}" for n in range(N)],
        "gesagt": [f"{B} {n}" for n in range(N)], "noch": [f"{A} {B} {n}" for n in range(N)],
    })  # fmt: skip
    found = wb.check(frame, task=task, model="none")
    assert found.mapping.columns == dict(zip(roles, ("gefragt", "gesagt"), strict=True))
    close = next(f for f in found.found if f.check.startswith("close call"))
    assert "'noch'" in close.what
    named = wb.check(frame, task=task, model="none", columns={roles[0]: "noch"})
    alone = task == "sentence-similarity"  # texts alone are learnt from too: so it was asked
    asked = roles[:1] if alone else roles
    assert named.mapping.columns == dict(zip(asked, ("noch", "gefragt"), strict=False))
    with pytest.raises(DataError, match="No columns of the data fit") as refused:
        wb.check(frame[["nr", "gefragt"]], task=task, model="none")
    assert "needs : " not in refused.value.remedy


def test_what_is_named_stays_what_is_read_beside_columns_taken_in_order():
    columns = {"left": A, "right": B, "score": (0.0, 1.0), "negative": C}
    task = "sentence-similarity"
    _, found, _ = guessed(columns, task=task)
    assert found == {"anchor": "left", "positive": "right", "score": "score",
                     "negative": "negative"}  # fmt: skip
    _, found, _ = guessed(columns, task=task, given={"positive": "left"})
    assert found == {"anchor": "right", "positive": "left", "score": "score",
                     "negative": "negative"}  # fmt: skip
    _, found, _ = guessed({"satz": A, "url": B}, task=task, given={"anchor": "satz"})
    assert found == {"anchor": "satz"}


TOLD = {
    "statement": ({"statement": A, "reply": B}, "chat", ["statement", "reply"]),
    "prompt": ({"id": "s", "prompt": A, "response": B}, "chat", ["prompt", "response"]),
    "query": ({"query": A, "response": B}, "chat", ["query", "response"]),
    "human": ({"Human": A, "Assistant": B}, "chat", ["Human", "Assistant"]),
    "chinese": ({"问题": A, "回答": B}, "chat", ["问题", "回答"]),
    "few-replies": ({"prompt": A, "response": ("yes", "no")}, "text-classification", None),
    "classes-beside": ({"prompt": A, "response": B, "topic": ("sea", "land")},
                       "text-classification", None),
    "wrong-ones": ({"query": A, "answer": B, "negative": C}, "sentence-similarity", None),
    "asked": ({"user_query": A, "bot_reply": B}, "text-to-text", ["user_query", "bot_reply"]),
    "no-names": ({"column_1": A, "column_2": B}, "text-to-text", ["column_1", "column_2"]),
    "no-names-noted": ({"column_1": A, "column_2": B, "column_3": "by whom it was said"},
                       "text-to-text", ["column_1", "column_2"]),
    "four": ({"column_1": A, "column_2": B, "column_3": C, "column_4": A},
             "language-modelling", None),
    "news": ({"title": B, "body": 9 * A, "summary": C}, "text-to-text", ["body", "summary"]),
    "named-otherwise": ({"title": B, "contents": 9 * A, "summary": C}, "text-to-text",
                        ["contents", "summary"]),
    "last": ({"summary": C, "kicker": B, "story_so_far": 9 * A}, "text-to-text",
             ["story_so_far", "summary"]),
    "a-text-alone": ({"text": A, "reviewer response": B}, "language-modelling", ["text"]),
    "a-review-alone": ({"review": A, "owner_reply": B}, "language-modelling", ["review"]),
    "a-comment-alone": ({"title": C, "comment": 9 * A, "Final Answer": B}, "language-modelling",
                        ["comment"]),
    "a-question": ({"question": A, "bot_reply": B}, "text-to-text", ["question", "bot_reply"]),
    "said-nothing": ({"one": A, "other": B}, "language-modelling", None),
}  # fmt: skip


@pytest.mark.parametrize(("columns", "task", "names"), TOLD.values(), ids=TOLD)
def test_two_texts_of_which_one_is_said_for_the_other_are_never_learnt_by_half(
    columns, task, names
):
    chosen, found, _ = guessed(columns)
    assert chosen == task
    assert names is None or list(found.values()) == names


@pytest.mark.parametrize("names", [("question", "sql"), ("sentence", "paraphrase"), ("a1", "zz")])
def test_texts_that_are_passed_over_are_named_with_a_way_to_write_one_for_the_other(names):
    import pandas as pd

    from workbench import check

    frame = pd.DataFrame({name: [f"{A} {name} {n}" for n in range(N)] for name in names})
    told = check(frame, model="none").findings.set_index("check").loc["close call: text"]
    assert repr(names[1]) in told["what"] and told["severity"] == "warning"
    wanted = f"columns={{'source': {names[0]!r}, 'target': {names[1]!r}}}"
    assert f"task='text-to-text' and {wanted}" in told["remedy"]


@pytest.mark.parametrize(
    ("columns", "close", "wanted"),
    [({"title": B, "contents": 9 * A, "summary": C}, "source", {"source": "title"}),
     ({"text": A, "reviewer response": B}, "text",
      {"source": "text", "target": "reviewer response"}),
     ({"title": C, "comment": 9 * A, "last reply": 9 * B}, "text",
      {"source": "comment", "target": "last reply"})],
    ids=["source", "response", "third"],
)  # fmt: skip
def test_a_close_call_of_texts_says_which_columns_to_write(columns, close, wanted):
    import pandas as pd

    from workbench import check

    rows = {name: [f"{text} {n}" for n in range(N)] for name, text in columns.items()}
    frame = pd.DataFrame(rows)
    told = check(frame, model="none").findings.set_index("check").loc[f"close call: {close}"]
    assert told["severity"] == "warning" and f"columns={wanted}" in told["remedy"]
