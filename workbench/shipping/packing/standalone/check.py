"""Does the model of this folder answer as it did where it was packed?

    python check.py

Ends with status 0 if it does, and with 1 if not, after a line for each answer that differs.
"""

import importlib
import json
import sys
from pathlib import Path

EXACT, ROUGH = 1e-4, 0.05  # difference of scores that is allowed: of fp32, of smaller weights
MOST_OTHERS = 0.05  # share of answers that may be others, of smaller weights


def parted(answer):
    """What of an answer is no float, and its floats."""
    numbers = []

    def words(one):
        if isinstance(one, dict):
            return {name: words(part) for name, part in sorted(one.items())}
        if isinstance(one, list):
            return [words(part) for part in one]
        if isinstance(one, float):
            numbers.append(one)
            return None
        return one

    return words(answer), numbers


def differs(wanted, found, allowed):
    """Whether an answer is another one: in words, or in a number by more than ``allowed``."""
    (words, numbers), (others, theirs) = parted(wanted), parted(found)
    if words != others or len(numbers) != len(theirs):
        return True
    pairs = zip(numbers, theirs, strict=True)
    return any(abs(one - two) > allowed * max(1.0, abs(one)) for one, two in pairs)


def main(folder=None):
    program = importlib.import_module("predict")  # it lies beside this one
    folder = Path(folder or Path(__file__).parent)
    lines = (folder / "examples.jsonl").read_text("utf-8").splitlines()
    examples = [json.loads(line) for line in lines]
    model = program.Model(folder)
    exact = model.about["check"]["exact"]
    answers = model.predict([one["row"] for one in examples], greedy=True)
    wrong = [
        (one, said) for one, said in zip(examples, answers, strict=True)
        if differs(one["answer"], said, EXACT if exact else ROUGH)
    ]
    for one, said in wrong:
        print(f"{json.dumps(one['row'])}\n  expected {json.dumps(one['answer'])}\n"
              f"  answered {json.dumps(said)}")  # fmt: skip
    print(f"{len(examples) - len(wrong)} of {len(examples)} answers are as expected.")
    return int(len(wrong) > (0 if exact else MOST_OTHERS * len(examples)))


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parent))
    sys.exit(main())
