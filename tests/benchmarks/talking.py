"""How soon a model answers, with the same words as one that keeps nothing, in steady memory.

    python -m tests.benchmarks.talking [turns]

Prints a line a turn in twenty: tokens that were read, seconds until the first token, and the memory
of the process that writes and of this one in MB.
"""

import sys

import psutil

import workbench as wb
from workbench.talking import writers

FIRST = "Tell me about the sea and its tides, in a way that a child of ten would understand, "
FIRST += "with one example from a harbour that you know and one from a river. " * 4


def main(turns: int) -> None:
    """Ask a model of 135 million parameters."""
    about = {"generation": {"kind": "greedy", "max_new_tokens": 8}, "max_length": 512}
    talk = wb.talk("sample:smollm2-135m", **about)
    talk.load()
    own = psutil.Process()
    for number in range(turns):
        answer = talk.say(f"And number {number}?" if number else FIRST).answer()
        if number < 4 or number % 20 == 19:
            held = [round(one.memory_info().rss / 1e6) for one in
                    (psutil.Process(writers.pid()), own)]  # fmt: skip
            print(number, answer.prompt_tokens, f"{answer.first_token:.2f} s", *held, flush=True)
    places = range(0, turns, max(1, turns // 10))
    said = [talk.turns[number].answer().text for number in places]
    kept = talk.to_json()
    talk.close()  # and with it all that was kept
    same = 0
    for number, text in zip(places, said, strict=True):
        with wb.open_talk(kept) as other:
            other.go_to(number)
            same += other.answer().answer().text == text
    print(f"{same} of {len(said)} answers the same, read whole")


if __name__ == "__main__":
    main(int(sys.argv[1]) if sys.argv[1:] else 200)
