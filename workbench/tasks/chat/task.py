"""A decoder learns the replies of conversations, and reads what else is said."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

import numpy as np

from ...catalog.loading.judging import positions
from ...data.conversations.preferences import wanted
from ...data.rendering.template import OWN
from ...errors import RecipeError
from ...i18n import t
from ...measures.sums import Sums
from ...recipe import LOSSES
from .. import best_metric, rows
from ..prompts import conversation as prompts
from ..shared.packed_rows import check_packing, sees_itself_alone
from ..shared.word_head import WordHead
from ..shared.writing_task import BY_LOSS, WritingTask
from ..shared.written import Prompt, Written
from . import asking, laying, pairs, preferred, replies
from .spec import SPEC

if TYPE_CHECKING:
    import pandas as pd
    import torch

    from ...data.examples import Examples
    from ...data.rendering.seen_rows import SeenRows
    from ...recipe import Recipe
    from ..shared.encoding import Encoded


class Chat(WritingTask):
    """See :class:`workbench.tasks.base.Task`. ``laid`` is how rows are made for training,
    ``compares`` the loss of one that compares two replies (:mod:`.pairs`)."""

    spec = SPEC
    laid: Any = None
    by_loss = True
    compares: Any = None
    head: Any = None
    room: int | None = None  # tokens that may be asked, so that the model has places for a reply

    def configured(self, recipe: Recipe, config: Any) -> Self:
        """A copy that renders conversations and lays them into rows as the recipe says."""
        found = super().configured(recipe, config)
        found.laid = rows.module_of(recipe)
        found.by_loss = best_metric(recipe) in BY_LOSS
        if wanted(recipe):
            if found.laid.__name__.endswith(".packed"):
                raise RecipeError(t("preferences.packed"), t("preferences.packed_back"),
                                  field="rows")  # fmt: skip
            module = LOSSES.module(recipe.loss["kind"])
            found.compares = module.make(LOSSES.settings(recipe.loss), None)
            found.forward, found.by_loss = found.log_ratios, True
        places = positions(config.to_dict())
        if places is not None:
            found.room = max(1, places - recipe.generation.get("max_new_tokens", 0))
        return found

    def asked(self, data: list | pd.DataFrame, recipe: Recipe) -> pd.DataFrame:
        """Questions, conversations, or a table of such; see :func:`.asking.frame_of`."""
        return asking.frame_of(data, recipe)

    def looked_at(self, text: str, written: str | None) -> pd.DataFrame:
        """A conversation (a line, or a question alone) that goes on with a reply."""
        return asking.with_reply(text, written)

    def looked_at_labels(self, encoded: Encoded) -> Encoded:
        """The row that ends with the last reply, which alone is learnt."""
        return laying.last_reply(encoded)

    def encode(self, tokenizer: Any, frame: pd.DataFrame, max_length: int) -> Encoded:
        """Token ids of each conversation, the replies learnt, and what is asked at the last one."""
        settings = self.prompt or prompts.Settings()
        template = prompts.template_of(settings, tokenizer, control=self.control)
        room = min(max_length, self.room or max_length)
        if self.compares is not None and "rejected_conversation" in frame.columns:
            return pairs.encode(template, frame, max_length, settings.cut, room)
        return laying.encode(template, frame, max_length, settings.cut, room)

    def arranged(self, encoded: Encoded, max_length: int) -> Encoded:
        """Rows to be trained on: those of which something is learnt, packed as the recipe says."""
        if isinstance(encoded, pairs.PairRows):
            return pairs.arranged(encoded, max_length)
        return laying.arranged(encoded, max_length, packs=self.laid.__name__.endswith(".packed"))

    def collator(self, tokenizer: Any, model: Any) -> Any:
        """Of pairs both sides, one over the other."""
        if self.compares is None:
            return super().collator(tokenizer, model)
        return pairs.PairCollator(tokenizer)

    def log_ratios(
        self, model: Any, inputs: dict, labels: torch.Tensor, forward: Any = None
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """See :func:`.pairs.log_ratios`."""
        if self.head is None or self.head.model is not model:
            self.head = WordHead(model, forward)
        return pairs.log_ratios(self.head, inputs, labels), labels

    def learnt(self, first: Any) -> SeenRows:
        """The training conversations as they are rendered: those that nothing is learnt of too."""
        if self.compares is not None:
            from .learnt_pairs import of_pairs

            return of_pairs(self, first)
        from ...data.rendering.preview import preview_of_training

        settings = self.prompt or prompts.Settings()
        template = prompts.template_of(settings, first.tokenizer, control=self.control)
        return preview_of_training(first.examples, template, first.recipe, most=first.most)

    def prepare_head(self, model: Any, recipe: Recipe, examples: Examples) -> None:
        """Refuse packed rows for a model whose texts would see each other (RecipeError)."""
        check_packing(self.laid, model, recipe, sees_itself_alone)

    def prepare_writer(self, tokenizer: Any, model: Any) -> None:
        """Let whoever writes with the model stop where replies end, and ask by the template that
        was learnt: a base model's own end is another one, and its tokenizer may have none."""
        template = prompts.template_of(self.prompt or prompts.Settings(), tokenizer)
        about = model.generation_config
        ends = about.eos_token_id if isinstance(about.eos_token_id, list) else [about.eos_token_id]
        if template.end is not None and template.end not in ends:
            about.eos_token_id = sorted({template.end, *(one for one in ends if one is not None)})
        if template.name != OWN or template.in_front:
            tokenizer.chat_template = template.written

    def samples(
        self, tokenizer: Any, frame: pd.DataFrame, encoded: Encoded, n_prompts: int
    ) -> list[Prompt]:
        """What is asked at the last reply of the first conversations."""
        if encoded.prompts is None:
            return []
        found = []
        for row in range(len(frame)):
            ids = encoded.prompts[row]
            if ids and len(found) < n_prompts:
                texts = (str(frame[name].iloc[row]) for name in ("text", "reply"))
                found.append(Prompt(row, ids, *texts))
        return found

    def outputs(self, passes: Any) -> Written:
        """Losses of the replies, and each conversation's last reply as the model writes it.

        At evaluations texts are written only where a checkpoint is chosen by them.
        """
        found = passes.written(texts=False)
        n = len(passes.encoded.prompts)
        few = 0 if self.by_loss and not passes.judged else min(passes.texts or 0, n)
        wanted = n if passes.texts is None else few
        texts = passes.generates(range(wanted)) if wanted else []
        found.notes = passes.cuts(texts)
        texts += [None] * (n - len(texts))
        found.texts = [None if one is None else one.text for one in texts]
        found.ended = np.array([one is not None and one.ended for one in texts], bool)
        if isinstance(passes.encoded, pairs.PairRows):
            found.ratios = passes.scores(lambda ratios, _: ratios)
        return found

    def predictions(
        self, frame: pd.DataFrame, encoded: Encoded, outputs: Written, label_names: list[str]
    ) -> pd.DataFrame:
        """One row a conversation: what stands before its last reply, that reply, what the model
        writes there, the loss of all replies (NaN where none is learnt), and, where the reply is
        known, the conversation as :mod:`workbench.data.conversations.stored` has it."""
        losses, tokens = np.zeros((2, len(frame)), np.float64)
        known = ~np.isnan(outputs.losses)
        assert encoded.examples is not None  # a row that is learnt names its conversation
        examples = encoded.examples[known]
        np.add.at(losses, examples, outputs.losses[known].astype(np.float64))
        np.add.at(tokens, examples, outputs.tokens[known].astype(np.float64))
        losses[tokens == 0] = np.nan
        whole = Written(losses, tokens, outputs.texts, outputs.ended)
        found = super().predictions(frame, encoded, whole, label_names)
        if "reply" not in frame.columns:
            return found
        found = found.assign(conversation=frame["conversation"].to_numpy())
        if outputs.ratios is None:
            return found
        compared = encoded.compared  # type: ignore[attr-defined]
        return preferred.with_rewards(found, frame, outputs.ratios, compared, self.compares)

    def wrong(self, predictions: pd.DataFrame) -> pd.Series | None:
        """Of pairs those whose chosen reply has no higher reward."""
        if preferred.there(predictions):
            return ~(predictions["reward_margin"] > 0)
        return super().wrong(predictions)

    def metrics(self, predictions: pd.DataFrame, label_names: list[str]) -> dict[str, float]:
        """``loss`` (nats a token of all replies), ``perplexity``; of the replies that were written
        ``rougeL``, ``chrf``, ``distinct_2``, ``length_ratio``; ``examples``. Of pairs see
        :func:`.preferred.metrics`."""
        if preferred.there(predictions):
            return preferred.metrics(predictions)
        found = super().metrics(_measured(predictions), label_names)
        found.pop("exact_match", None)
        if "label" in predictions.columns:
            written = predictions[predictions["prediction"].notna()]
            found |= replies.measured(written["prediction"].tolist(), written["label"].tolist())
        return {**found, "examples": len(predictions)}

    def sums(self, predictions: pd.DataFrame) -> Sums | None:
        """Loss and perplexity, over conversations; of pairs see :func:`.preferred.sums`."""
        if preferred.there(predictions):
            return preferred.sums(predictions)
        if "loss" not in predictions.columns:
            return None
        return super().sums(predictions.fillna({"loss": 0.0}))  # of no token

    def baselines(self, examples: Examples) -> dict[str, dict[str, float]]:
        """The most frequent reply, and that to the nearest question, measured as replies are; of
        pairs also the longer reply."""
        found = replies.baselines(examples.splits["train"], examples.splits["test"])
        if "rejected" in examples.splits["test"].columns:
            found |= preferred.baselines(examples.splits["test"])
        return found


def _measured(predictions: pd.DataFrame) -> pd.DataFrame:
    """Rows whose replies have a loss."""
    if "loss" not in predictions.columns:
        return predictions
    return predictions[predictions["loss"].notna()]
