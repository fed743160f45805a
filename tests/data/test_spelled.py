"""Tokens are spelled one by one as the whole of them reads, in a time linear in their number."""

import random
import types

import pytest

from workbench.data.rendering.spelled import UNDONE, alone, pieces, readable

SAYS = ["a", "the", "untold", "Straße", "日本語", "é", "🙂👍🏽", "हिन्दी", "don't", ".", " ", "\n"]


def tokenizer(kind):
    """A small one of byte pairs, of word pieces or of sentence pieces."""
    import transformers as hf
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

    model, before, after, trainer = {
        "bytes": (models.BPE(), pre_tokenizers.ByteLevel(add_prefix_space=False),
                  decoders.ByteLevel(), trainers.BpeTrainer),
        "words": (models.WordPiece(unk_token="<unk>"), pre_tokenizers.BertPreTokenizer(),
                  decoders.WordPiece(), trainers.WordPieceTrainer),
        "sentences": (models.Unigram(), pre_tokenizers.Metaspace(), decoders.Metaspace(),
                      trainers.UnigramTrainer),
    }[kind]  # fmt: skip
    made = Tokenizer(model)
    made.pre_tokenizer, made.decoder = before, after
    about = {"unk_token": "<unk>"} if kind == "sentences" else {}
    made.train_from_iterator(SAYS[:6] + SAYS[8:10], trainer(
        vocab_size=330 if kind == "bytes" else 60, special_tokens=["<unk>", "<s>"],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet() if kind == "bytes" else [],
        show_progress=False, **about,
    ))  # fmt: skip
    return hf.PreTrainedTokenizerFast(tokenizer_object=made, unk_token="<unk>", bos_token="<s>")


def from_the_beginning(made, ids):
    """Each token is what the text up to it is longer by."""
    special, found, said = set(made.all_special_ids), [], ""
    for place, one in enumerate(ids):
        if one in special:
            found.append(made.convert_ids_to_tokens(one))
            continue
        whole = made.decode([i for i in ids[: place + 1] if i not in special],
                            clean_up_tokenization_spaces=False)  # fmt: skip
        whole = whole if place + 1 == len(ids) else whole.rstrip(UNDONE)
        found.append(whole[len(said) :])
        said = whole
    return found


@pytest.mark.parametrize("kind", ["bytes", "words", "sentences"])
def test_tokens_are_what_the_text_up_to_them_is_longer_by(kind):
    made, rng = tokenizer(kind), random.Random(0)
    for _ in range(60):
        text = "".join(rng.choice(SAYS) + rng.choice(["", " ", "  "]) for _ in range(8))
        ids = made(rng.choice(["", " "]) + text, add_special_tokens=False)["input_ids"]
        for _ in range(rng.randrange(3)):
            ids.insert(rng.randrange(len(ids)), made.bos_token_id)
        assert pieces(made, ids) == from_the_beginning(made, ids)


def test_a_run_of_bytes_that_are_no_character_is_not_decoded_again_and_again():
    made, seen = tokenizer("bytes"), []

    class Counting:
        all_special_ids = made.all_special_ids

        def decode(self, ids, **how):
            seen.append(len(ids))
            return made.decode(ids, **how)

    ids = made("ab", add_special_tokens=False)["input_ids"]
    broken = made.convert_tokens_to_ids(["Ł"]) * 200  # a byte that begins no character
    for row in (ids * 200, ids + broken + ids):
        seen.clear()
        said = pieces(Counting(), row)
        assert "".join(said) == made.decode(row, clean_up_tokenization_spaces=False)
        assert sum(seen) < 30 * len(row)
    assert pieces(Counting(), ids * 200, most=3) == ["a", "b", "a"]


def test_tokens_are_shown_as_a_person_reads_them():
    made = tokenizer("bytes")
    ids = made("the 日\n", add_special_tokens=False)["input_ids"] + [made.bos_token_id]
    shown = ["the", "␣", "<0xE6><0x97>", "日", "↵", "<s>"]
    assert readable(made, ids) == shown
    assert [alone(made, one) for one in ids] == [*shown[:3], "<0xA5>", *shown[4:]]
    joiner = made("\u200d", add_special_tokens=False)["input_ids"]
    assert readable(made, joiner)[-1] == "<U+200D>"
    made = tokenizer("sentences")
    ids = made("the a", add_special_tokens=False)["input_ids"]
    assert "".join(readable(made, ids)).replace("▁", "") == "thea"
    byte = types.SimpleNamespace(  # of a tokenizer that writes what it has no piece for in bytes
        all_special_ids=[], convert_ids_to_tokens=lambda _: "<0xE6>", decode=lambda *_, **__: UNDONE
    )
    assert alone(byte, 0) == "<0xE6>"
