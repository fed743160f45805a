"""Schemes of tags: found from all tags together, understood, or refused in one sentence."""

from collections import Counter

import pytest

from workbench.data.tags.tag_schemes import entity_tags, find_scheme
from workbench.errors import DataError


@pytest.mark.parametrize(
    ("tags", "bio"),
    [
        ("O B-per I-per", "O B-per I-per"),
        ("o b-per i-per", "O B-per I-per"),
        ("O B_PER I_PER", "O B-PER I-PER"),
        ("PER-B PER-I O", "B-PER I-PER O"),
        ("LOC.B LOC.I O", "B-LOC I-LOC O"),
        ("B:PER I:PER O", "B-PER I-PER O"),
        ("B-PER M-PER E-PER S-LOC O", "B-PER I-PER I-PER B-LOC O"),
        ("B-a L-a U-b U-b O", "B-a I-a B-b B-b O"),
        ("B-a M-a E-a W-a O", "B-a I-a I-a B-a O"),
        ("I-a I-a O I-b I-a", "B-a I-a O B-b B-a"),
        ("0 B-PER I-PER", "O B-PER I-PER"),
        ("- B-a I-a", "O B-a I-a"),
        ("B I O", "B-entity I-entity O"),
        ("B M E S", "B-entity I-entity I-entity B-entity"),
        ("O O O person person loc O", "O O O B-person I-person B-loc O"),
        ("B-per-son I-per-son O", "B-per-son I-per-son O"),
    ],
    ids=lambda tags: tags.replace(" ", "_"),
)
def test_schemes_become_bio(tags, bio):
    scheme = find_scheme(Counter(tags.split()))
    assert not scheme.plain and scheme.read(tags.split())[0] == bio.split()


@pytest.mark.parametrize(
    "tags",
    ["DET NOUN VERB", "NN NNP -LRB- , . $ ''", "S-NOM V NN", "N-C V A-M", "N V O A N V , N N N",
     "NOUN|sg V|3 X", "_ NOUN VERB ADJ DET ADV"],
    ids=lambda tags: tags.replace(" ", "_"),
)  # fmt: skip
def test_tags_of_words_stay_as_written(tags):
    scheme = find_scheme(Counter(tags.split()))
    assert scheme.plain and scheme.read(tags.split()) == (tags.split(), 0)


def test_what_could_be_both_may_be_chosen():
    counts = Counter({"O": 50, "person": 9, "loc": 5})
    scheme = find_scheme(counts)
    assert scheme.chosen and not scheme.plain
    assert find_scheme(counts, "words").plain
    few = Counter({"O": 3, "N": 50, "V": 47})
    assert find_scheme(few).chosen and find_scheme(few).plain
    assert find_scheme(few, "entities").read(["N", "N", "O"])[0] == ["B-N", "I-N", "O"]


@pytest.mark.parametrize(
    ("tags", "said"),
    [("O B-PER person", "has the tag 'person', and others are like 'B-PER'"),
     ("0 1 2 2", r"numbers \(0 to 2\) that have no names")],
    ids=["mixed", "numbers"],
)  # fmt: skip
def test_what_cannot_be_understood_is_refused(tags, said):
    with pytest.raises(DataError, match=said):
        find_scheme(Counter(tags.split()))


def test_names_of_tags_tell_entities_from_words():
    assert entity_tags(["O", "B-a", "I-a", "B-b", "I-b"])
    assert not entity_tags(["B-a", "I-a", "O"]) and not entity_tags(["O", "V"])
