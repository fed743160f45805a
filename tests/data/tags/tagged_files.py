"""Tagged sentences in the many ways that people and tools write them, by name."""

from __future__ import annotations

import csv
import io
import json

NAMES = ("Mira Holt", "Jonas Weber", "Lea Kern", "Otto Brand")
TOWNS = ("Oslo", "Turin", "Graz", "Bergen", "Lima")


def sentences(n=12, *, prefix=""):
    """Text, words, tags and spans (start, end, type, text) of ``n`` sentences."""
    found = []
    for i in range(n):
        name, town = NAMES[i % 4], TOWNS[i % 5]
        text = f"{prefix}On day {i} {name} went to {town}, and slept."
        words = text.replace(",", " ,").replace(".", " .").split()
        a, b = text.index(name), text.index(town)
        tags = ["O"] * len(words)
        at = words.index(name.split()[0])
        tags[at : at + 2] = ["B-PER", "I-PER"]
        tags[words.index(town)] = "B-LOC"
        spans = [(a, a + len(name), "PER", name), (b, b + len(town), "LOC", town)]
        found.append((text, words, tags, spans))
    return found


def wanted(n=12):
    """The words and tags that each of these files holds."""
    return [(words, tags) for _, words, tags, _ in sentences(n)]


def _jsonl(make):
    return "".join(
        json.dumps(make(*one), ensure_ascii=False) + "\n" for one in sentences()
    ).encode()


def _json(rows):
    return json.dumps(rows, ensure_ascii=False).encode()


def _conll(line, *, join="\n", before="", between="\n"):
    blocks = []
    for i, (_, words, tags, _) in enumerate(sentences()):
        lines = [line(k, w, t) for k, (w, t) in enumerate(zip(words, tags, strict=True))]
        blocks.append((before.format(i=i) if before else "") + join.join(lines) + join)
    return between.join(blocks).encode()


def _csv(header, row, delimiter=","):
    out = io.StringIO()
    writer = csv.writer(out, delimiter=delimiter, lineterminator="\n")
    if header:
        writer.writerow(header)
    for i, one in enumerate(sentences()):
        for values in row(i, *one):
            writer.writerow(values)
    return out.getvalue().encode()


def _words(i, text, words, tags, spans):
    return [(i, w, t) for w, t in zip(words, tags, strict=True)]


def _ends(spans, keys):
    return [dict(zip(keys, one, strict=False)) for one in spans]


def _task(i, text, spans, **more):
    result = [
        {"type": "labels", "from_name": "label", "to_name": "text",
         "value": {"start": a, "end": b, "text": said, "labels": [kind]}}
        for a, b, kind, said in spans
    ]  # fmt: skip
    return {"id": i, "data": {"text": text}, "annotations": [{"result": result, **more}]}


def _bioes(tags):
    out = []
    for i, tag in enumerate(tags):
        ends = not (i + 1 < len(tags) and tags[i + 1].startswith("I-"))
        swap = {("B", True): "S", ("B", False): "B", ("I", True): "E", ("I", False): "I"}
        out.append(tag if tag == "O" else swap[tag[0], ends] + tag[1:])
    return out


def _schemed(change):
    blocks = []
    for _, words, tags, _ in sentences():
        lines = zip(words, change(tags), strict=True)
        blocks.append("".join(f"{w} {t}\n" for w, t in lines))
    return "\n".join(blocks).encode()


def _brackets(tags):
    out = []
    for i, tag in enumerate(tags):
        goes_on = i + 1 < len(tags) and tags[i + 1].startswith("I-")
        begin = f"({tag[2:]}" if tag.startswith("B") else ""
        out.append(f"{begin}*" + ("" if tag == "O" or goes_on else ")"))
    return out


def _ranges(k, w, t):
    line = f"{k + 1}\t{w}\t_\tX\t_\t_\t0\t_\t_\tname={t}|SpaceAfter=No"
    return f"1-2\tOnday\t_\t_\t_\t_\t_\t_\t_\t_\n{line}" if k == 0 else line


#: File name -> its bytes; each holds what :func:`wanted` says.
def _pieces(text, spans):
    """The text in pieces, those of spans with their kind."""
    found, at = [], 0
    for a, b, kind, said in spans:
        found += [{"text": text[at:a]}, {"text": said, "entity": kind, "slot_name": kind}]
        at = b
    return [*found, {"text": text[at:]}]


def _within(text, spans, mark="<{kind}>{said}</{kind}>"):
    """The text with its spans marked within."""
    for a, b, kind, said in reversed(spans):
        text = text[:a] + mark.format(kind=kind, said=said) + text[b:]
    return text


SPANS = {
    "marked.txt": "\n".join(_within(t, s) for t, _, _, s in sentences()).encode(),
    "enamex.txt": "\n".join(_within(t, s, '<ENAMEX TYPE="{kind}">{said}</ENAMEX>')
                            for t, _, _, s in sentences()).encode(),
    "marked-sentences.xml": "\n".join(
        ["<doc>", *(f"<s id='{i}'>{_within(t, s)}</s>" for i, (t, _, _, s)
                    in enumerate(sentences())), "</doc>"]).encode(),
    "braces.txt": "\n".join(_within(t, s, "{{{{{kind}:{said}}}}}")
                            for t, _, _, s in sentences()).encode(),
    "marked.csv": _csv(("id", "text"), lambda i, t, w, g, s: [(i, _within(t, s))]),
    "marked.jsonl": _jsonl(lambda t, w, g, s: {"id": 1, "content": _within(t, s)}),
    "argilla.json": _json([
        {"id": str(i), "fields": {"text": t}, "metadata": {}, "suggestions": {}, "status": "done",
         "responses": {"names": [{"user_id": "u", "status": "submitted", "value": [
             {"start": x[0], "end": x[1], "label": x[2]} for x in s]}]}}
        for i, (t, _, _, s) in enumerate(sentences())]),
    "argilla-columns.jsonl": _jsonl(lambda t, w, g, s: {
        "id": "1", "status": "completed", "text": t, "names.responses.users": ["u"],
        "names.responses": [[{"start": x[0], "end": x[1], "label": x[2]} for x in s]]}),
    "within-annotations.jsonl": _jsonl(lambda t, w, g, s: {
        "source": t, "job": {"annotations": {"entities": [
            {"startOffset": x[0], "endOffset": x[1], "label": x[2]} for x in s]}}}),
    "one-intent.json": _json({"Travel": [{"data": _pieces(t, s)} for t, _, _, s in sentences()]}),
    "triples.jsonl": _jsonl(lambda t, w, g, s: {"text": t, "labels": [list(x[:3]) for x in s]}),
    "label-first.jsonl": _jsonl(
        lambda t, w, g, s: {"text": t, "entities": [[x[2], x[0], x[1]] for x in s]}),
    "start_offset.jsonl": _jsonl(lambda t, w, g, s: {
        "text": t, "entities": _ends(s, ("start_offset", "end_offset", "label"))}),
    "begin.json": _json([{"sentence": t, "ner": _ends(s, ("begin", "end", "type", "text"))}
                         for t, _, _, s in sentences()]),
    "char-names.json": _json([{"doc": t, "ents": _ends(s, ("start_char", "end_char", "label_"))
                               and [{"start_char": x[0], "end_char": x[1], "label": x[2]}
                                    for x in s]} for t, _, _, s in sentences()]),
    "offset-length.json": _json([{"text": t, "entities": [
        {"offset": x[0], "length": x[1] - x[0], "category": x[2]} for x in s]}
        for t, _, _, s in sentences()]),
    "bigbio.json": _json([{"text": t, "entities": [
        {"id": "T", "type": x[2], "offsets": [[x[0], x[1]]], "text": [x[3]]} for x in s]}
        for t, _, _, s in sentences()]),
    "dataturks.json": "".join(json.dumps({"content": t, "annotation": [
        {"label": [x[2]], "points": [{"start": x[0], "end": x[1] - 1, "text": x[3]}]} for x in s],
        "extras": None}) + "\n" for t, _, _, s in sentences()).encode(),
    "inclusive.jsonl": _jsonl(lambda t, w, g, s: {
        "text": t, "spans": [{"start": x[0], "end": x[1] - 1, "label": x[2]} for x in s]}),
    "from-one.jsonl": _jsonl(lambda t, w, g, s: {
        "text": t, "spans": [{"start": x[0] + 1, "end": x[1], "label": x[2]} for x in s]}),
    "doccano-crlf.jsonl": _jsonl(lambda t, w, g, s: {
        "text": t, "label": [list(x[:3]) for x in s]}).replace(b"\n", b"\r\n"),
    "spacy.json": _json([[t, {"entities": [list(x[:3]) for x in s]}]
                         for t, _, _, s in sentences()]),
    "annotator.json": _json({"classes": ["PER", "LOC"], "annotations": [
        [t, {"entities": [list(x[:3]) for x in s]}] for t, _, _, s in sentences()] + [None]}),
    "prodigy.jsonl": _jsonl(lambda t, w, g, s: {
        "text": t, "_input_hash": 5, "answer": "accept",
        "tokens": [{"text": x, "id": k, "start": 0, "end": 0} for k, x in enumerate(w)],
        "spans": [{"start": x[0], "end": x[1], "token_start": 1, "token_end": 1, "label": x[2]}
                  for x in s]}),
    "studio.json": _json([_task(i, t, s) for i, (t, _, _, s) in enumerate(sentences())]),
    "studio-old.json": _json([{**_task(i, t, s), "completions": _task(i, t, s)["annotations"]}
                              for i, (t, _, _, s) in enumerate(sentences())]),
    "studio-min.json": _json([{"id": i, "text": t, "annotator": 1, "label": [
        {"start": x[0], "end": x[1], "text": x[3], "labels": [x[2]]} for x in s]}
        for i, (t, _, _, s) in enumerate(sentences())]),
    "studio.csv": _csv(("text", "id", "label"), lambda i, t, w, g, s: [(t, i, json.dumps([
        {"start": x[0], "end": x[1], "text": x[3], "labels": [x[2]]} for x in s]))]),
    "gliner.json": _json([{"tokenized_text": w, "ner": [[3, 4, "PER"], [7, 7, "LOC"]]}
                          for _, w, _, _ in sentences()]),
    "token-spans.jsonl": _jsonl(lambda t, w, g, s: {
        "tokens": w, "entities": [{"start": 3, "end": 5, "type": "PER"},
                                  {"start": 7, "end": 8, "type": "LOC"}]}),
    "pipeline.json": _json([{"text": t, "entities": [
        {"entity_group": x[2], "score": 0.9, "word": x[3], "start": x[0], "end": x[1]} for x in s]}
        for t, _, _, s in sentences()]),
}  # fmt: skip
LINES = {
    "names-above.txt": b"word pos tag\n" + _conll(lambda k, w, t: f"{w} NN {t}"),
    "tabs.conll": _conll(lambda k, w, t: f"{w}\t{t}"),
    "blanks.txt": _conll(lambda k, w, t: f"{w} {t}"),
    "commas.csv": _conll(lambda k, w, t: f'"{w}",{t}'),
    "semicolons.csv": _conll(lambda k, w, t: f"{w};{t}"),
    "windows.iob": _conll(lambda k, w, t: f"{w} {t}").replace(b"\n", b"\r\n"),
    "marked.bio": b"\xef\xbb\xbf" + _conll(lambda k, w, t: f"{w} {t}"),
    "docstart.conll": b"-DOCSTART- O\n\n" + _conll(lambda k, w, t: f"{w} {t}"),
    "docstart-wide.txt": b"-DOCSTART- -X- -X- O\n\n"
    + _conll(lambda k, w, t: f"{w} NN {'B' if k % 2 else 'I'}-NP {t}"),
    "header.tsv": b"word\ttag\n" + _conll(lambda k, w, t: f"{w}\t{t}"),
    "header-pos.conll": b"Token\tPOS\tNER\n" + _conll(lambda k, w, t: f"{w}\tN{k % 5}\t{t}"),
    "lemma-pos.conll": _conll(lambda k, w, t: f"{w} {w.lower()} N{k % 5} {t}"),
    "tag-before-pos.conll": _conll(lambda k, w, t: f"{w} {t} N{k % 5}"),
    "numbered.conll": _conll(lambda k, w, t: f"{k + 1}\t{w}\t{t}"),
    "numbered-from-0.txt": _conll(lambda k, w, t: f"{k} {w} {t}"),
    "outer-inner.tsv": _conll(
        lambda k, w, t: f"{k + 1}\t{w}\t{t}\t{'B-LOC' if w == 'Lea' else 'O'}",
        before="#\tnews {i}\n"),
    "comments.conll": _conll(lambda k, w, t: f"{w} _ _ {t}", before="# id {i} lang=en\n"),
    "comments-of-two.conll": _conll(lambda k, w, t: f"{w} {t}", before="# s{i}\n"),
    "trailing-tab.conll": _conll(lambda k, w, t: f"{w}\t{t}\t"),
    "many-blank-lines.conll": _conll(lambda k, w, t: f"{w} {t}", between="\n \n\t\n"),
    "misc.conllu": _conll(
        lambda k, w, t: _ranges(k, w, t), before="# sent_id = {i}\n# text = a b\n"),
    "plus.conllup": b"# global.columns = ID FORM UPOS NER\n"
    + _conll(lambda k, w, t: f"{k + 1}\t{w}\tNOUN\t{t}"),
    "brackets.conll": "\n".join(
        "".join(f"d\t0\t{k}\t{w}\tNN\t*\t-\t-\t-\tsp\t{b}\t{'(V*)' if k == 5 else '*'}\t-\n"
                for k, (w, b) in enumerate(zip(words, _brackets(tags), strict=True)))
        for _, words, tags, _ in sentences()).encode(),
    "bioes.conll": _schemed(_bioes),
    "bilou.conll": _schemed(lambda tags: [t.replace("S-", "U-").replace("E-", "L-")
                                          for t in _bioes(tags)]),
    "bmewo.conll": _schemed(lambda tags: [t.replace("S-", "W-") for t in _bioes(tags)]),
    "iob1.conll": _schemed(lambda tags: [t.replace("B-", "I-") for t in tags]),
    "lower.conll": _schemed(lambda tags: [t.replace("B-", "b-").replace("I-", "i-")
                                          if t != "O" else "o" for t in tags]),
    "underscore.conll": _schemed(lambda tags: [t.replace("-", "_") for t in tags]),
    "behind.conll": _schemed(lambda tags: [f"{t[2:]}-{t[0]}" if t != "O" else t for t in tags]),
    "zero.conll": _schemed(lambda tags: ["0" if t == "O" else t for t in tags]),
    "dash.conll": _schemed(lambda tags: ["-" if t == "O" else t for t in tags]),
    "types-alone.conll": _schemed(lambda tags: [t[2:] or "O" for t in tags]),
    "slash.conll": _schemed(lambda tags: [t.replace("-", "/") for t in tags]),
}  # fmt: skip
ROWS = {
    "written-lists.csv": _csv(("Sentence #", "Sentence", "POS", "Tag"), lambda i, t, w, g, s: [
        (f"Sentence: {i + 1}", " ".join(w), str(["NN"] * len(w)), str(g))]),
    "joined-by-a-sign.tsv": _csv(("text_a", "label"), lambda i, t, w, g, s: [
        ("\x02".join(w), "\x02".join(g))], "\t"),
    "filled-once.csv": _csv(("Sentence #", "Word", "POS", "Tag"), lambda i, *o: [
        (f"Sentence: {i + 1}" if k == 0 else "", w, "NN", t)
        for k, (_, w, t) in enumerate(_words(i, *o))]),
    "each-row.csv": _csv(("sentence_id", "words", "labels"), _words),
    "tag-first.csv": _csv(("labels", "words", "sentence_id"), lambda i, *o: [
        (t, w, n) for n, w, t in _words(i, *o)]),
    "tabs.tsv": _csv(("sent", "token", "ner"), _words, "\t"),
    "no-sentence.csv": _csv(("word", "tag"), lambda i, *o: [(w, t) for _, w, t in _words(i, *o)]),
    "empty-rows.csv": _csv(("word", "pos", "tag"), lambda i, *o: [
        *((w, "NN", t) for _, w, t in _words(i, *o)), ("", "", "")]),
    "joined.csv": _csv(("text", "labels"),
                       lambda i, t, w, g, s: [(" ".join(w), " ".join(g))]),
    "joined-by-commas.csv": _csv(("sentence", "word_labels"),
                                 lambda i, t, w, g, s: [(" ".join(w), ",".join(g))]),
    "joined-with-id.tsv": _csv(("id", "tags", "words"),
                               lambda i, t, w, g, s: [(i, " ".join(g), " ".join(w))], "\t"),
}  # fmt: skip
