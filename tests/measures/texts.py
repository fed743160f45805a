"""Drawn texts of many scripts, and outputs that are partly like their references."""

import random

WORDS = (
    "the cat sat on a mat don't 3.5 1,000 können Straße über 你好 世界 模型 机器学习 これは 本です "
    "привет мир हिन्दी में 한국어 , . ! ？ 。 - x_y café cafe\u0301 🙂 （ ) \u00a0"
).split(" ")


def drawn_texts(n: int, seed: int = 0, longest: int = 20) -> tuple[list[str], list[str]]:
    """Outputs and references, some of them empty, some equal."""
    rng = random.Random(seed)

    def text() -> list[str]:
        return [rng.choice(WORDS) for _ in range(rng.choice([0, 1, 2, 3, 5, 8, longest]))]

    outputs, references = [], []
    for _ in range(n):
        reference = text()
        output = list(reference) if rng.random() < 0.7 else text()
        for _ in range(rng.choice([0, 1, 4])):
            if output:
                output[rng.randrange(len(output))] = rng.choice(WORDS)
        blank = rng.choice([" ", ""])
        outputs.append(blank.join(output))
        references.append(blank.join(reference))
    return outputs, references
