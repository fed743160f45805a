"""Answers of the model in this folder, by transformers with torch or with onnxruntime.

    python predict.py "a text" "another text"
    python predict.py --rows rows.jsonl --out answers.jsonl

    from predict import Model
    Model(".").predict([{"text": "a text"}])

What a row holds, and what is answered, follows from ``kind`` in export.json:

=======  ===========================================  =============================================
kind     a row                                        its answer
=======  ===========================================  =============================================
class    ``text`` (and ``pair``)                      ``prediction``, ``scores`` (they sum to 1)
labels   ``text`` (and ``pair``)                      ``prediction`` (list), ``scores``
number   ``text`` (and ``pair``)                      ``prediction``
tags     ``tokens`` (words), or ``text``              ``prediction`` (a tag a word), ``score``
span     ``question``, ``context``                    ``prediction``, ``start``, ``end``, ``score``
vector   ``text``                                     ``vector`` (of length 1)
pair     ``text``, ``pair``                           ``score``
gaps     ``text`` with the tokenizer's mask           ``prediction`` (a token a gap), ``scores``
text     ``text``, or ``messages`` of a conversation  ``prediction``
=======  ===========================================  =============================================

Long because it is handed on as one file.
"""

import argparse
import json
import os
import re
import sys
from pathlib import Path

os.environ.setdefault("TRANSFORMERS_VERBOSITY", "error")
os.environ.setdefault("TRANSFORMERS_NO_ADVISORY_WARNINGS", "1")
os.environ.setdefault("HF_HUB_OFFLINE", "1")  # everything is in the folder

import numpy as np  # noqa: E402

MOST_TOKENS, N_BEST = 30, 20  # of an answer; spans that share the probability
WORD = re.compile(r"\w+|[^\w\s]")


class Model:
    """A model with its tokenizer, loaded once.

    Parameters
    ----------
    folder : str or Path
        With export.json and what it names.
    """

    def __init__(self, folder="."):
        folder = Path(folder)
        self.about = json.loads((folder / "export.json").read_text("utf-8"))
        if self.about.get("format") != 1:
            raise SystemExit("export.json is of another version than this predict.py.")
        from transformers import AutoTokenizer

        of_gguf = {"gguf_file": self.about["file"]} if self.about["kept"] == "gguf" else {}
        self.tokenizer = AutoTokenizer.from_pretrained(folder, **of_gguf)
        self.tokenizer.model_input_names = self.about["inputs"]
        self.kind, self.labels = self.about["kind"], self.about["labels"]
        self.net = (Onnx if self.about["kept"] == "onnx" else Torch)(folder, self.about)

    def predict(self, rows, *, batch_size=16, calibrated=False, greedy=False):
        """Answers to rows (dicts, or texts alone), in their order.

        ``calibrated`` divides the logits of classes by the temperature of export.json; ``greedy``
        takes the likeliest word where texts are drawn.
        """
        rows = [{"text": row} if isinstance(row, str) else row for row in rows]
        if self.kind == "text":
            return [{"prediction": self._written(row, greedy)} for row in rows]
        found = []
        for start in range(0, len(rows), batch_size):
            part = rows[start : start + batch_size]
            if self.kind == "span":
                found += self._spans(part)
            elif self.kind == "tags":
                found += self._tags(part)
            else:
                found += self._whole(part, calibrated)
        return found

    # one answer a text -------------------------------------------------------------------------
    def _whole(self, rows, calibrated):
        texts = [row["text"] for row in rows]
        pairs = [row["pair"] for row in rows] if "pair" in rows[0] else None
        batch = self.tokenizer(
            texts, pairs, truncation=True, max_length=self.about["max_length"]
        )
        inputs, outputs = self._outputs(batch)
        if self.kind == "vector":
            return [{"vector": [float(x) for x in row]} for row in outputs]
        if self.kind == "gaps":
            return [self._filled(*row) for row in zip(inputs["input_ids"], outputs, strict=True)]
        if self.kind in ("number", "pair"):
            name = "prediction" if self.kind == "number" else "score"
            return [{name: float(row[0])} for row in outputs]
        if self.kind == "class":
            heat = (self.about.get("temperature") or 1.0) if calibrated else 1.0
            shares = softmax(outputs.astype(np.float64) / heat)
            chosen = [self.labels[place] for place in outputs.argmax(axis=1)]
        else:
            shares = 1 / (1 + np.exp(-outputs.astype(np.float64)))
            limits = self.about.get("thresholds") or {}
            least = np.array([limits.get(name, 0.5) for name in self.labels])
            chosen = [
                [name for name, there in zip(self.labels, row, strict=True) if there]
                for row in shares >= least
            ]
        return [
            {"prediction": said, "scores": dict(zip(self.labels, map(float, row), strict=True))}
            for said, row in zip(chosen, shares, strict=True)
        ]

    def _outputs(self, batch):
        rows = [{name: batch[name][n] for name in batch if name in self.about["inputs"]}
                for n in range(len(batch["input_ids"]))]  # fmt: skip
        padded = self.tokenizer.pad(
            rows, padding=True, padding_side=self.about["padding_side"], return_tensors="np"
        )
        inputs = {name: np.asarray(padded[name], np.int64) for name in padded}
        return inputs, self.net.outputs(inputs)

    def _filled(self, ids, outputs):
        gaps = np.flatnonzero(ids == self.tokenizer.mask_token_id)
        shares = softmax(outputs[gaps].astype(np.float64))
        best = shares.argmax(axis=1) if len(gaps) else []
        words = [self.tokenizer.decode([int(token)]).strip() for token in best]
        sure = [float(row[token]) for row, token in zip(shares, best, strict=True)]
        return {"prediction": words, "scores": sure}

    # a tag a word ------------------------------------------------------------------------------
    def _tags(self, rows):
        words = [row.get("tokens") or WORD.findall(row["text"]) for row in rows]
        blank, most = self.about.get("blank"), self.about["max_length"]
        batch = self.tokenizer(
            words, is_split_into_words=True, truncation=True,
            max_length=most if blank is None else 2 * most,
        )  # fmt: skip
        owners, kept = [], {name: [] for name in batch if name in self.about["inputs"]}
        for n, ids in enumerate(batch["input_ids"]):
            of = batch.word_ids(n)
            stay = self._pieces(ids, of, blank, most)
            owners.append([of[i] for i in stay])
            for name in kept:
                kept[name].append([batch[name][n][i] for i in stay])
        _, outputs = self._outputs(kept)
        found = []
        for said, of, row in zip(words, owners, outputs, strict=True):
            tags, least = [self.about["no_tag"]] * len(said), 1.0
            firsts = [i for i, w in enumerate(of) if w is not None and (not i or of[i - 1] != w)]
            for place in firsts:
                shares = softmax(row[place].astype(np.float64))
                tags[of[place]] = self.labels[int(row[place].argmax())]
                least = min(least, float(shares.max()))
            found.append({"prediction": tags, "score": least if firsts else 0.0})
        return found

    @staticmethod
    def _pieces(ids, of, blank, most):
        """Places of the pieces that stay: no blank before a piece of its word, ``most`` at most."""
        kept = [i for i in range(len(ids)) if blank is None or ids[i] != blank or of[i] is None
                or i + 1 == len(ids) or of[i] != of[i + 1]]  # fmt: skip
        while len(kept) > most:
            del kept[next(n for n in range(len(kept) - 1, -1, -1) if of[kept[n]] is not None)]
        return kept

    # a part of a text --------------------------------------------------------------------------
    def _spans(self, rows):
        most = self.about["max_length"]
        questions = [row["question"].lstrip() for row in rows]
        contexts = [row["context"] for row in rows]
        places = self.tokenizer(
            questions, add_special_tokens=False, return_offsets_mapping=True, verbose=False
        )["offset_mapping"]  # fmt: skip
        questions = [text[: at[most // 2 - 1][1]] if len(at) > most // 2 else text
                     for text, at in zip(questions, places, strict=True)]  # fmt: skip
        batch = self.tokenizer(
            questions, contexts, truncation="only_second", max_length=most,
            stride=self.about["stride"], return_overflowing_tokens=True,
            return_offsets_mapping=True,
        )  # fmt: skip
        inputs, outputs = self._outputs(batch)
        best, null = [{} for _ in rows], [np.inf] * len(rows)
        for n, (owner, logits) in enumerate(
            zip(batch["overflow_to_sample_mapping"], outputs, strict=True)
        ):
            ids = batch["input_ids"][n]
            of_context = np.array([s == 1 for s in batch.sequence_ids(n)])
            at = np.array(batch["offset_mapping"][n])
            token = self.tokenizer.cls_token_id
            nothing = ids.index(token) if token in ids else 0
            null[owner] = min(null[owner], float(logits[nothing].sum()))
            here = np.flatnonzero(of_context & (at[:, 1] > at[:, 0]))
            here = here[here != nothing]
            if not len(here):
                continue
            scores = logits[here, :1] + logits[here, 1]
            band = np.triu(np.ones(scores.shape, bool)) & np.tril(
                np.ones(scores.shape, bool), MOST_TOKENS - 1
            )
            scores = np.where(band, scores, -np.inf).ravel()
            for flat in np.argsort(-scores, kind="stable")[:N_BEST]:
                first, last = divmod(int(flat), len(here))
                span = (int(at[here[first], 0]), int(at[here[last], 1]))
                if span[1] > span[0] and scores[flat] > best[owner].get(span, -np.inf):
                    best[owner][span] = float(scores[flat])
        return [self._answer(*one) for one in zip(best, null, contexts, strict=True)]

    def _answer(self, spans, null, context):
        order = sorted(spans.items(), key=lambda one: (-one[1], one[0]))[:N_BEST]
        (start, end), top = order[0] if order else ((0, 0), -np.inf)
        share = float(softmax(np.array([score for _, score in order]))[0]) if order else 0.0
        answer = {"prediction": context[start:end], "start": start, "end": end, "score": share}
        limit = self.about.get("no_answer_threshold")
        if limit is None:
            return answer
        lead = null - top
        none = 1 / (1 + np.exp(-np.clip(lead + np.log(max(share, 1e-12)), -50, 50)))
        if lead > limit:
            return {"prediction": "", "start": -1, "end": -1, "score": float(none)}
        return {**answer, "score": share * (1 - float(none))}

    # texts that are written --------------------------------------------------------------------
    def _written(self, row, greedy):
        about = self.about
        ids = self.net.written(self._prompt(row), greedy)
        ends = [place for place, token in enumerate(ids) if token in about["ends"]]
        text = self.tokenizer.decode(ids[: ends[0]] if ends else ids, skip_special_tokens=True)
        places = [text.find(stop) for stop in about["stop"] if stop in text]
        return text[: min(places)] if places else text

    def _prompt(self, row):
        about, most = self.about, self.about["prompt_tokens"]
        if about["conversation"]:
            messages = row.get("messages") or [{"role": "user", "content": row["text"]}]
            text = self.tokenizer.apply_chat_template(
                messages, tools=row.get("tools") or None, add_generation_prompt=True, tokenize=False
            )
            ids = self.tokenizer(text, add_special_tokens=False, verbose=False)["input_ids"]
            first = ids[:1] if ids and ids[0] == self.tokenizer.bos_token_id else []
            return ids if len(ids) <= most else first + ids[len(ids) - most + len(first) :]
        source, kept = row["text"], len(row["text"])
        while True:
            whole = about["before"] + source[:kept] + about["after"]
            ids = self.tokenizer(whole, verbose=False)["input_ids"]
            if len(ids) <= most or not kept:
                break
            kept = min(kept - 1, int(kept * most / len(ids)))
        if about["goes_on"] and ids and ids[-1] == about["end"]:
            ids = ids[:-1]  # the text is to go on
        return ids or [about["first"]]


class Torch:
    """Weights that transformers opens: safetensors, or GGUF."""

    def __init__(self, folder, about):
        import torch
        import transformers

        self.torch, self.about, more = torch, about, {}
        if about["kept"] == "gguf":
            more = {"gguf_file": about["file"], **about["config"]}
            if hasattr(transformers, "GgufConfig"):
                more["quantization_config"] = transformers.GgufConfig(dequantize=True)
        kind = getattr(transformers, about["model_class"])
        self.model = kind.from_pretrained(folder, dtype=torch.float32, **more).eval()

    def outputs(self, inputs):
        with self.torch.inference_mode():
            tensors = {name: self.torch.from_numpy(value) for name, value in inputs.items()}
            found = self.model(**tensors)
            if self.about["kind"] == "vector":
                found = pooled(found.last_hidden_state, tensors["attention_mask"], self.about)
            elif self.about["kind"] == "span":
                found = self.torch.stack([found.start_logits, found.end_logits], dim=-1)
            else:
                found = found.logits
        return found.float().numpy()

    def written(self, ids, greedy):
        asked = self.torch.tensor([ids])
        settings = dict(self.about["generation"])
        if greedy and settings.get("do_sample"):
            settings = {name: value for name, value in settings.items()
                        if name not in ("do_sample", "temperature", "top_k", "top_p")}  # fmt: skip
            settings["do_sample"] = False
        import transformers

        found = self.model.generate(
            asked, attention_mask=self.torch.ones_like(asked),
            generation_config=transformers.GenerationConfig(**settings),
        )[0].tolist()  # fmt: skip
        return found[len(ids) :] if self.about["goes_on"] else found[1:]


class Onnx:
    """A graph that onnxruntime computes; of a model that writes it gives the next word's logits."""

    def __init__(self, folder, about):
        import onnxruntime

        self.about = about
        options = onnxruntime.SessionOptions()
        if about.get("threads"):
            options.intra_op_num_threads = about["threads"]
        self.session = onnxruntime.InferenceSession(
            str(Path(folder) / about["file"]), options, providers=["CPUExecutionProvider"]
        )
        self.names = [one.name for one in self.session.get_inputs()]

    def outputs(self, inputs):
        return self.session.run(None, {name: inputs[name] for name in self.names})[0]

    def written(self, ids, greedy):
        settings = self.about["generation"]
        least, most = settings.get("min_new_tokens") or 0, settings["max_new_tokens"]
        said = [] if self.about["goes_on"] else [self.about["first"]]
        ends, begun = self.about["ends"], len(said)
        while len(said) - begun < most:
            read = ids + said if self.about["goes_on"] else ids
            inputs = {"input_ids": np.array([read], np.int64)}
            inputs["attention_mask"] = np.ones_like(inputs["input_ids"])
            inputs["decoder_input_ids"] = np.array([said or [0]], np.int64)
            logits = self.outputs(inputs)[0]
            if len(said) - begun < least:
                logits[ends] = -np.inf
            said.append(int(logits.argmax()))
            if said[-1] in ends:
                break
        return said[begun:]


def pooled(states, mask, about):
    """A vector of length 1 of each text: the mean of its tokens, or its first token's."""
    import torch

    if about["pooling"] == "cls":
        found = states[:, 0]
    else:
        weights = mask[..., None].to(states.dtype)
        found = (states * weights).sum(1) / weights.sum(1).clamp(min=1e-9)
    return torch.nn.functional.normalize(found.float(), dim=-1)


def softmax(values):
    """Along the last axis."""
    weights = np.exp(values - values.max(axis=-1, keepdims=True))
    return weights / weights.sum(axis=-1, keepdims=True)


def main():
    said = argparse.ArgumentParser(description="Answers of the model in this folder.")
    said.add_argument("texts", nargs="*", metavar="TEXT")
    said.add_argument("--rows", metavar="JSONL", help="a file with a JSON object a line")
    said.add_argument("--out", metavar="JSONL", help="where the answers go, instead of the screen")
    said.add_argument("--calibrated", action="store_true", help="scores at the stored temperature")
    said.add_argument("--greedy", action="store_true", help="the likeliest word, nothing is drawn")
    given = said.parse_args()
    rows = list(given.texts)
    if given.rows:
        with open(given.rows, encoding="utf-8") as file:
            rows += [json.loads(line) for line in file if line.strip()]
    if not rows:
        said.error("give a text, or --rows with a file")
    answers = Model(Path(__file__).parent).predict(
        rows, calibrated=given.calibrated, greedy=given.greedy
    )
    lines = "".join(json.dumps(one, ensure_ascii=False) + "\n" for one in answers)
    if given.out:
        Path(given.out).write_text(lines, "utf-8")
    else:
        sys.stdout.write(lines)


if __name__ == "__main__":
    main()
