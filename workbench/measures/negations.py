"""Words that say no, in English, German and Chinese.

Known limits: only words of the lists below. What is said no to is not looked at, nor how often, and
a prefix (``un-``, ``-less``, ``-los``) or a verb (``fail``, ``refuse``) is no negation here.
"not only", "nicht nur" and 不仅 say no to nothing.
"""

from __future__ import annotations

import re

from .facts import Fact

_EN = re.compile(
    r"\b(?:not(?!\s+only\b)|cannot|(?!(?-i:No)\s?\d)no(?!\.\s?\d)|none|never|nobody|noone|nothing"
    r"|nowhere|neither|nor|without|(?:\w+)?n['’`]t|(?:do|does|did|is|are|was|were|has|have|had"
    r"|would|could|should|ca|wo|ai)nt)\b",
    re.IGNORECASE,
)
# upper case too at the beginning of a sentence, but no noun: "Not" is a need, "Keine" none
_DE = re.compile(
    r"\b(?:[Nn]icht(?!\s+nur\b)|[Kk]ein(?:e[mnrs]?|erlei|esfalls|eswegs)?|[Nn]ie(?:mals|mand\w*)?"
    r"|[Nn]ichts|[Nn]irgend(?:s|wo)|[Ww]eder|[Oo]hne|[Nn]ein|NICHT|KEINE?)\b"
)
# words with these characters that say no to nothing, looked for first; 不适 is one, 不适合 is not
_ZH_OTHER = (
    "不得不|不过|不但|不仅|不只|不光|不管(?!用)|不论|无论|不断|不久|不同(?!意)|不少|不禁|不错(?!过)|对不起|差不多|不好意思|不愧"
    "|不妨(?!碍)|不由得|不料|不然|不可思议|了不起|要不|不等式|非常|非洲|除非|是非|无数|无疑|无非|无线|未来|未知|未婚"
    "|不客气|不用谢|不幸(?![福运])|不一会|不安(?![全排装稳])|不满(?!意)|不足(?!够)|不良|不利(?!用)|不便(?!宜)"
    "|不适(?![合用应宜当])|不锈|不动产|不时(?!尚)|不止|不已|说不定"
    "|怪不得|恨不得|巴不得|没关系|没事(?![做干可])|没准(?![备时许确])|没收|淹没|沉没|埋没|没落|出没|莫斯科|莫名|约莫|是不是|能不能|会不会|有没有|要不要|好不好|可不可以"
)
_ZH = re.compile(
    rf"(?:{_ZH_OTHER})|(?P<no>没有|没|不|请勿|切勿|勿|未"
    r"|(?:无法|无需|无须|无人|无权|无可|无意|无力|并无|毫无|从无)|(?:并非|绝非|而非|决非)"
    r"|(?<![^\s,，。！？!?;；:：请你您就可])别(?![人的墅名致样处针克])"
    r"|(?<![^\s,，。！？!?;；:：])否(?![^\s,，。！？!?;；:：]))"
)
_ALL = {"en": _EN, "de": _DE, "zh": _ZH}
LANGUAGES = tuple(_ALL)


def negations(text: str, language: str) -> list[Fact] | None:
    """The negations of a text in their order; None in a language whose words are not known here.

    >>> [one.text for one in negations("I don't know, and never did.", "en")]
    ["don't", 'never']
    >>> [one.text for one in negations("不过他没有来,非常可惜", "zh")]
    ['没有']
    >>> negations("Je ne sais pas", "fr")
    """
    pattern = _ALL.get(language.lower().replace("_", "-").partition("-")[0])
    if pattern is None:
        return None
    group = "no" if "no" in pattern.groupindex else 0
    return [
        Fact("negation", found[group], *found.span(group))
        for found in pattern.finditer(text)
        if found[group]
    ]
