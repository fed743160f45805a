"""The share of the proof that the commit's hash draws; ``make proof`` tries all of it."""

import subprocess
import sys

from tests.proof import damage, drawn


def proof(*words):
    done = subprocess.run(
        [sys.executable, "-m", "tests.proof", *words], cwd=drawn.ROOT, capture_output=True,
        text=True, timeout=900,
    )  # fmt: skip
    print(done.stdout)
    assert done.returncode == 0, done.stdout + done.stderr[-3000:]
    return done.stdout


def test_three_kills_of_the_commit_change_nothing():
    said = proof("kills", "--draw", "3")
    assert "0 results differ" in said and "drawn by" in said


def test_three_cells_of_the_commit_have_no_raw_error():
    said = proof("damage", "--draw", "3")
    assert "3 cells" in said and "0 raw errors" in said


def test_the_same_commit_draws_the_same():
    cells = damage.cells()
    assert drawn.draw(cells, 5, "a") == drawn.draw(cells, 5, "a") != drawn.draw(cells, 5, "b")
    assert len(set(cells)) == len(cells) == len(damage.FILES) * len(damage.DAMAGES)


def test_a_raw_error_and_two_lines_are_noticed():
    from workbench.errors import RunError

    def raise_(error):
        raise error

    assert damage.tried(lambda: raise_(KeyError("a"))) == "KeyError: 'a'"
    assert "not one sentence" in damage.tried(lambda: raise_(RunError("a\nb")))
    assert "not one sentence" in damage.tried(lambda: raise_(RunError("")))
    assert damage.tried(lambda: raise_(RunError("It is gone.", "Start again."))) == ""
    assert damage.tried(lambda: 3) == ""
