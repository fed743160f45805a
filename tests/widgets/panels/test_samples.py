"""The Train panel shows what a model writes while it trains, beside what it wrote before."""

import pytest

from workbench.i18n import t
from workbench.run_folder.samples import write_samples
from workbench.widgets.panels.samples import SHOWN, WrittenNow


class Run:
    """A folder with samples."""

    def __init__(self, path):
        self.path = path

    def samples(self):
        from workbench.run_folder.samples import read_samples, samples_table

        return samples_table(read_samples(self.path))


def moment(step, *texts, number=0):
    return {
        "step": step, "number": number,
        "texts": [
            {"row": row, "prompt": prompt, "text": text, "ended": True, "reference": "r"}
            for row, (prompt, text) in enumerate(texts)
        ],
    }  # fmt: skip


def test_before_and_now_stand_beside_each_other(tmp_path):
    view = WrittenNow()
    assert not view.follow(Run(tmp_path)) and view.table.rows == []
    moments = [moment(0, ("a", "old a"), ("b", "old b"))]
    write_samples(tmp_path, moments)
    assert view.follow(Run(tmp_path))
    assert view.table.columns == [t("samples.prompt"), t("samples.before")]
    assert view.table.rows == [["a", "old a"], ["b", "old b"]]
    moments += [moment(4, ("a", "mid"), ("b", "mid"), number=1)]
    moments += [moment(8, ("a", "new a"), ("b", "new b"), number=2)]
    write_samples(tmp_path, moments)
    view.follow(Run(tmp_path))
    assert view.table.rows == [["a", "old a", "new a"], ["b", "old b", "new b"]]
    assert view.table.columns[-1] == t("samples.now", step=8)
    assert view.table.heading == t("samples.title")


def test_a_run_whose_first_texts_are_gone_shows_what_there_is(tmp_path):
    write_samples(tmp_path, [moment(8, ("a", "new"), number=2)])
    view = WrittenNow()
    assert view.follow(Run(tmp_path)) and view.table.rows == [["a", "new"]]


def test_long_and_hostile_texts_are_cut_and_stay_text(tmp_path):
    evil = "<img src=x onerror=alert(1)>" * 40
    write_samples(tmp_path, [moment(0, (evil, evil)), moment(2, (evil, "\x00\u202e"), number=1)])
    view = WrittenNow()
    view.follow(Run(tmp_path))
    (row,) = view.table.rows
    assert row[0] == evil[-SHOWN:] and row[1] == evil[:SHOWN] and all(type(c) is str for c in row)


@pytest.mark.parametrize(
    "content", ["", "{\n", "[]\n", "\x00"], ids=["empty", "cut", "list", "zero"]
)
def test_a_damaged_file_shows_nothing(content, tmp_path):
    view = WrittenNow()
    write_samples(tmp_path, [moment(0, ("a", "b"))])
    assert view.follow(Run(tmp_path))
    (tmp_path / "samples.jsonl").write_text(content)
    assert not view.follow(Run(tmp_path))
    (tmp_path / "samples.jsonl").unlink()
    assert not view.follow(Run(tmp_path))
