"""`workbench compress`: the table first, then what is kept; bad input in one sentence."""

import pytest

from workbench import cli, shipping
from workbench.shipping.compressing import making
from workbench.training.run import open_run


@pytest.fixture
def command(run, capsys):
    def given(*words: str) -> tuple[int, str, str]:
        status = cli.main(["compress", str(run.path), *words])
        return status, *capsys.readouterr()

    return given


def test_steps_are_measured_and_kept_where_a_folder_is_named(run, command, tmp_path):
    status, said, _ = command("--steps", "vocabulary", "{kind: int4, group: 0}", "--out",
                              str(tmp_path / "small"))  # fmt: skip
    lines = said.splitlines()
    assert status == 0 and lines[0] == "on 40 rows drawn of 40 test rows"
    assert "macro_f1" in lines[1] and lines[2].split()[0] == run.name
    assert "vocabulary+int4 (group=0)" in lines[3] and lines[-1] == str(tmp_path / "small")
    assert sum(line.startswith("note: ") for line in lines) >= 2
    kept = open_run(tmp_path / "small")
    assert kept.state == "done" and len(kept.predictions()) == 40
    status, said, _ = command("--steps", "int8", "--examples", "10")
    assert status == 0 and said.startswith("on 10 rows drawn of 40 test rows")


def test_sensitivity_and_the_smallest(command, tmp_path):
    status, said, _ = command("--sensitivity", "int4", "--by", "class", "--examples", "10")
    head, *rows = said.splitlines()
    assert status == 0 and "agreement" in head and "95 %" in head
    assert sorted(row.split()[0] for row in rows) == ["attention", "embeddings", "feed-forward"]
    status, said, _ = command("--smallest", "0.5", "--examples", "10")
    assert status == 0 and "Of 14 layers 14 are in four bits" in said


def test_broken_quality_is_kept_only_by_the_word(command, tmp_path, monkeypatch):
    measured = shipping.Bench.measured

    def worse(self, *given, **how):
        table = measured(self, *given, **how)
        names = ["value", "difference", "difference_low", "difference_high"]
        table.loc[1, names] = [0.3, -0.4, -0.6, -0.2]
        return table

    monkeypatch.setattr(making.Bench, "measured", worse)
    place = tmp_path / "small"
    status, said, error = command("--steps", "int8", "--out", str(place))
    assert status == 2 and "-0.400" in said and "-0.600 to -0.200" in said
    assert "Quality is broken: macro_f1 fell" in error and "--anyway" in error
    assert not place.exists()
    status, _, _ = command("--steps", "int8", "--out", str(place), "--anyway")
    assert status == 0 and open_run(place).state == "done"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--steps", "int7"], "int7"),
        (["--steps", "{kind: int4, group: -1}"], "group"),
        (["--steps", "[1, 2]"], "--steps '[1, 2]' is no way to make a model smaller"),
        (["--steps", "{kind"], "YAML"),
        (["--smallest", "-1"], "within is -1.0"),
        (["--sensitivity", "vocabulary"], "'vocabulary' does not choose between layers"),
        (["--sensitivity", "int8", "--out", "x"], "makes no model that --out could keep"),
        (["--steps", "int8", "--examples", "1"], "examples is 1"),
        (["--steps", "int8", "--out", "."], "is there already"),
    ],
)
def test_what_is_asked_for_wrongly_is_refused_in_one_sentence(words, said, command):
    status, shown, error = command(*words)
    assert status == 2 and said in error and "Traceback" not in error and shown == ""
    assert error.count("\n") <= 2
