"""Instructions with instances and several outputs, in documents and in rows."""

import json

import pytest

from workbench.data import check
from workbench.data.reading import sources
from workbench.errors import DataError

SAY = "Say where the boat lies."


def instance(n, *outputs):
    return {"id": f"boats-{n}", "input": f"Where is boat {n}?", "output": list(outputs)}


TASK = {
    "Contributors": ["Ida"], "Source": ["harbour"], "Definition": [SAY],
    "Positive Examples": [{"input": "a", "output": "b", "explanation": "c"}] * 2,
    "Negative Examples": [{"input": "a", "output": "d", "explanation": "c"}],
    "Instances": [instance(1, "At pier 1.", "Pier 1."), instance(2, "At sea."),
                  instance(3, "At sea.", "At sea.")],
}  # fmt: skip
BENCH = {
    "name": "boats", "description": "About boats.", "task_prefix": SAY,
    "examples": [{"input": "Where is boat 1?", "target": ["At pier 1.", "Pier 1."]},
                 {"input": "Where is boat 2?", "target": "At sea."}],
}  # fmt: skip
ROWS = [{"definition": SAY, "input": one["input"], "output": one["output"]}
        for one in TASK["Instances"]]  # fmt: skip
WITH_TASK = [{"Task": "boats", "Definition": [SAY], "Positive Examples": [],
              "Instance": one} for one in TASK["Instances"]]  # fmt: skip
ALPACA = [{"instruction": one["input"], "input": "", "output": one["output"]}
          for one in TASK["Instances"]]  # fmt: skip


def lines(rows):
    return "\n".join(map(json.dumps, rows))


FILES = {
    "document": ("boats.json", json.dumps(TASK)),
    "indented": ("boats.json", json.dumps(TASK, indent=2)),
    "list-of-tasks": ("boats.json", json.dumps([TASK])),
    "rows": ("boats.jsonl", lines(ROWS)),
    "list-of-rows": ("boats.json", json.dumps(ROWS)),
    "rows-with-their-task": ("boats.jsonl", lines(WITH_TASK)),
    "lower-case": ("boats.json", json.dumps({k.lower(): v for k, v in TASK.items()})),
}


@pytest.mark.parametrize(("name", "text"), FILES.values(), ids=FILES)
def test_instances_are_rows_with_their_definition(name, text, tmp_path):
    (tmp_path / name).write_text(text)
    splits, reports = sources.opened(tmp_path / name)
    rows = splits["train"].to_list()
    assert [(one["definition"], one["input"], one["output"]) for one in rows] == [
        (SAY, "Where is boat 1?", "At pier 1."), (SAY, "Where is boat 2?", "At sea."),
        (SAY, "Where is boat 3?", "At sea."),
    ]  # fmt: skip
    said = [n for report in reports for n in report.notes if "several outputs" in n.what]
    assert [(n.count, n.severity) for n in said] == [(1, "warning")]
    assert "outputs" in said[0].remedy


@pytest.mark.parametrize(("name", "text"), FILES.values(), ids=FILES)
def test_each_output_can_be_a_row(name, text, tmp_path):
    (tmp_path / name).write_text(text)
    splits, reports = sources.opened(tmp_path / name, reading={"outputs": "all"})
    assert splits["train"]["output"][:] == ["At pier 1.", "Pier 1.", "At sea.", "At sea."]
    assert any("(1 more)" in n.what for report in reports for n in report.notes)


def test_examples_of_a_definition_are_counted_and_not_read(tmp_path):
    (tmp_path / "boats.json").write_text(json.dumps(TASK))
    _, reports = sources.opened(tmp_path / "boats.json")
    said = {n.what: n.count for report in reports for n in report.notes}
    assert said["3 examples that belong to definitions are not read."] == 3


def test_a_collection_of_tasks_is_read_as_well(tmp_path):
    (tmp_path / "task.json").write_text(json.dumps(BENCH))
    rows = sources.load(tmp_path / "task.json")["train"].to_list()
    assert rows[0] == {"definition": SAY, "input": "Where is boat 1?", "output": "At pier 1.",
                       "id": "boats"}  # fmt: skip
    assert rows[1]["output"] == "At sea."


def test_a_folder_of_tasks_is_one_table(tmp_path):
    for n in range(3):
        task = {**TASK, "Definition": [f"Task {n}."]}
        (tmp_path / f"task{n}_boats.json").write_text(json.dumps(task))
    rows = sources.load(tmp_path)["train"]
    assert sorted(set(rows["definition"])) == ["Task 0.", "Task 1.", "Task 2."] and len(rows) == 9


def test_the_check_takes_the_definition_for_the_prefix(tmp_path):
    many = {**TASK, "Instances": [instance(n, f"At pier {n}.") for n in range(30)]}
    (tmp_path / "boats.json").write_text(json.dumps(many))
    found = check(tmp_path / "boats.json").mapping
    assert found.task == "text-to-text"
    assert found.columns == {"source": "input", "target": "output", "prefix": "definition"}


def test_several_replies_of_an_instruction_are_said(tmp_path):
    (tmp_path / "talk.jsonl").write_text(lines(ALPACA * 8))
    found = check(tmp_path / "talk.jsonl")
    assert found.mapping.task == "chat"
    said = next(f for f in found.found if "several outputs" in f.what)
    assert said.count == 8 and said.severity == "warning"


def test_answers_in_a_context_and_labels_are_left_to_others(tmp_path):
    rows = [{"question": f"Where is {n}?", "context": "At sea.", "answers": ["At sea."]}
            for n in range(4)]  # fmt: skip
    (tmp_path / "qa.jsonl").write_text(lines(rows))
    assert sources.load(tmp_path / "qa.jsonl")["train"]["answers"][0] == ["At sea."]
    rows = [{"input": f"boat {n}", "output": ["sea", "pier"]} for n in range(4)]
    (tmp_path / "labels.jsonl").write_text(lines(rows))
    assert sources.load(tmp_path / "labels.jsonl")["train"]["output"][0] == ["sea", "pier"]


def test_what_else_an_instance_holds_stays_and_lists_beside_it_are_named(tmp_path):
    more = {**TASK, "Instances": [{**instance(1, "At sea."), "id": 7, "port": "Ost", "seen": [1]},
                                  instance(2, "At sea.")]}  # fmt: skip
    (tmp_path / "boats.json").write_text(json.dumps(more))
    splits, reports = sources.opened(tmp_path / "boats.json")
    assert splits["train"]["port"][:] == ["Ost", None]
    assert splits["train"]["id"][:] == ["7", "boats-2"]
    said = next(n for r in reports for n in r.notes if "not read: " in n.what)
    assert said.count == 3 and said.what.endswith("'Contributors', 'Source', 'seen'.")
    rows = [{"id": f"t{n}", "kind": "sea", **one} for n, one in enumerate(WITH_TASK)]
    rows = [{**one, "Instance": {k: v for k, v in one["Instance"].items() if k != "id"}}
            for one in rows]  # fmt: skip
    (tmp_path / "boats.jsonl").write_text(lines(rows))
    found = sources.load(tmp_path / "boats.jsonl")["train"]
    assert found["id"][:] == ["t0", "t1", "t2"] and set(found["kind"]) == {"sea"}


def test_an_instance_without_an_output_is_left_to_the_check(tmp_path):
    some = [{"input": f"Where is {n}?", "output": [f"At pier {n}."]} for n in range(20)]
    for empty in ([], None, ""):
        task = {**TASK, "Instances": [*some, {"input": "And now?", "output": empty}]}
        (tmp_path / "boats.json").write_text(json.dumps(task))
        found = {one.check: one for one in check(tmp_path / "boats.json").found}
        assert found["empty text"].count == 1 and "row 20" in found["empty text"].examples[0]


def test_a_document_of_questions_on_texts_is_left_to_others(tmp_path):
    one = {"question": "Where is the boat?", "context": "The boat is at sea.", "answer": "at sea"}
    (tmp_path / "qa.json").write_text(json.dumps({"description": "Of boats.", "examples": [one]}))
    assert sources.load(tmp_path / "qa.json")["train"].to_list() == [one]


@pytest.mark.parametrize("odd", [["a", ["b"]], {"x": 1}, [{"t": "a"}]],
                         ids=["list", "object", "objects"])  # fmt: skip
def test_a_later_row_whose_output_is_no_text_is_refused_in_a_sentence(odd, tmp_path):
    rows = [{"definition": SAY, "input": f"{n}", "output": ["a"]} for n in range(450)]
    (tmp_path / "boats.jsonl").write_text(lines([*rows, {**rows[0], "output": odd}]))
    with pytest.raises(DataError, match="does not fit"):
        sources.load(tmp_path / "boats.jsonl")


def test_an_instance_without_a_text_is_refused_with_what_stands_there(tmp_path):
    broken = {**TASK, "Instances": [*TASK["Instances"], {"input": "Where?", "output": 7}]}
    (tmp_path / "boats.json").write_text(json.dumps(broken))
    with pytest.raises(DataError, match=r"no input and output.*'output': 7"):
        sources.load(tmp_path / "boats.json")


def test_outputs_that_are_no_texts_in_a_late_row_are_told(tmp_path):
    rows = [{"definition": SAY, "input": "a", "output": ["b"]}] * 401 + [
        {"definition": SAY, "input": "a", "output": [{"b": 1}]}
    ]
    (tmp_path / "a.jsonl").write_text(lines(rows))
    with pytest.raises(DataError, match="does not fit"):
        sources.opened(tmp_path / "a.jsonl")
