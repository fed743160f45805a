"""The library's pipeline for tags, cutting texts into the words that training had."""

from __future__ import annotations

import warnings
from typing import Any

from ... import libraries
from ...data.tags.tag_schemes import entity_tags
from ...data.tags.word_cutting import Cutting
from .word_pieces import blank_piece, take_words


def tag_pipeline(label_names: list[str], cutting: Cutting) -> type:
    """A class of pipeline that says what :meth:`Run.predict` says.

    The library's own finds words by its tokenizer, which cuts ``don't`` in three, and joins
    neighbours of one tag, so that two nouns become one. Here a text is cut as the training data
    was, and tags of words stay one a word; entities are joined by their B- and I-.

    Parameters
    ----------
    label_names : list of str
        The tags in the order of their ids.
    cutting : Cutting
    """
    of_entities = entity_tags(label_names)
    base: Any = libraries.transformers("TokenClassificationPipeline")

    class TagPipeline(base):
        def __init__(self, *args: Any, **options: Any):
            super().__init__(*args, **options)
            take_words(self.tokenizer)
            self._blank = blank_piece(self.tokenizer)

        def preprocess(self, sentence, offset_mapping=None, **params):
            spans = None
            if isinstance(sentence, str):
                spans = cutting.spans(sentence)
                params = {**params, "is_split_into_words": True, "delimiter": " "}
            words = sentence if spans is None else [sentence[a:b] for a, b in spans]
            for made in super().preprocess(words, offset_mapping, **params):
                if spans is not None:
                    made["word_to_chars_map"] = spans
                    made["sentence"] = None if made["sentence"] is None else sentence
                yield made

        def gather_pre_entities(self, sentence, input_ids, scores, *rest, word_ids, **more):
            with warnings.catch_warnings():  # of words that it would guess: they are known here
                warnings.simplefilter("ignore", UserWarning)
                found = super().gather_pre_entities(
                    sentence, input_ids, scores, *rest, word_ids=word_ids, **more
                )
            kept, before = [], None
            for piece in found:
                at = piece["index"]
                word = word_ids[at]
                piece["is_subword"] = word == before
                goes_on = at + 1 < len(word_ids) and word_ids[at + 1] == word
                if int(input_ids[at]) == self._blank and goes_on and not piece["is_subword"]:
                    continue  # the blank before a word, which has no label in training either
                kept.append(piece)
                before = word
            return kept

        def group_entities(self, entities):
            if of_entities:
                return super().group_entities(entities)
            return [
                {"entity_group": one["entity"], **{k: v for k, v in one.items() if k != "entity"}}
                for one in entities
            ]

    return TagPipeline
