"""A Modelfile, with which Ollama asks an exported decoder as the run does."""

from __future__ import annotations

import json
from typing import Any

from workbench.errors import DataError
from workbench.tasks.prompts import conversation

_SYSTEM, _USER, _REPLY, _AGAIN = "\x02s\x02", "\x02u\x02", "\x02r\x02", "\x02v\x02"


def modelfile(predictor: Any, facts: dict[str, Any], file: str) -> str:
    """The text of a Modelfile: template, stop words, how words are chosen.

    What a template writes that has no such form (one turn behind the other) is left to the
    template in the file itself, and a comment says so.
    """
    lines = [f"FROM ./{file}"]
    if facts["conversation"]:
        found = _turns(predictor)
        if found is None:
            lines.append("# The chat template is the one in the file: it has no simple form here.")
        else:
            template, system = found
            lines.append(f"TEMPLATE {_quoted(template)}")
            if system:
                lines.append(f"SYSTEM {_quoted(system)}")
    else:
        lines.append(f"TEMPLATE {_quoted(facts['before'] + '{{ .Prompt }}' + facts['after'])}")
    words = predictor.tokenizer.convert_ids_to_tokens(facts["ends"])
    settings = facts["generation"]
    lines += [f"PARAMETER stop {json.dumps(one, ensure_ascii=False)}"
              for one in dict.fromkeys([*words, *facts["stop"]])]  # fmt: skip
    lines.append(f"PARAMETER num_predict {settings['max_new_tokens']}")
    drawn = settings.get("do_sample")
    lines.append(f"PARAMETER temperature {settings.get('temperature', 1.0) if drawn else 0}")
    for name in ("top_k", "top_p"):
        if drawn and name in settings:
            lines.append(f"PARAMETER {name} {settings[name]}")
    lines.append(f"PARAMETER repeat_penalty {settings.get('repetition_penalty', 1.0)}")
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    return f'"""{text}"""'


def _turns(predictor: Any) -> tuple[str, str] | None:
    """A chat template in Ollama's words, and the system prompt that it writes where none is given.

    None where turns are not written one behind the other.
    """
    asked = predictor.task.prompt or conversation.Settings()
    template = conversation.template_of(asked, predictor.tokenizer)

    def said(role: str, text: str) -> dict[str, str]:
        return {"role": role, "content": text}

    user, reply, again = said("user", _USER), said("assistant", _REPLY), said("user", _AGAIN)
    try:
        plain = template.text([user, reply, again], ask=True)
        before, after_user = plain.split(_USER)
        before_reply, rest = after_user.split(_REPLY)
        between, opening = rest.split(_AGAIN)
    except (DataError, ValueError):
        return None
    # what stands before a second question is the end of the reply and the beginning of a turn
    begin = _common_end(before, between)
    end_of_reply, lead = between[: len(between) - len(begin)], before[: len(before) - len(begin)]
    half = _common_start(before_reply, opening)
    if before_reply != opening or not half:
        return None
    end_of_user = _end_of(template, user)
    if end_of_user is None or not opening.startswith(end_of_user):
        return None
    begin_reply = opening[len(end_of_user) :]
    try:
        with_system = template.text([said("system", _SYSTEM), user], ask=True)
        system_before, system_after = with_system.split(_USER)[0].split(_SYSTEM)
    except (DataError, ValueError):
        system_before = system_after = ""
    own = ""
    if system_after.endswith(begin) and system_before + system_after:
        system_after = system_after[: len(system_after) - len(begin)]
        if lead.startswith(system_before) and lead.endswith(system_after) and lead:
            own = lead[len(system_before) : len(lead) - len(system_after)]
            lead = ""
        elif lead and system_before.startswith(lead):
            system_before = system_before[len(lead) :]
    elif lead:
        return None
    if lead == predictor.tokenizer.bos_token:  # which the program writes by itself
        lead = ""
    parts = [
        lead, "{{- range .Messages }}",
        '{{- if eq .Role "system" }}', _literal(system_before), "{{ .Content }}",
        _literal(system_after), '{{- else if eq .Role "user" }}', _literal(begin),
        "{{ .Content }}", _literal(end_of_user), '{{- else if eq .Role "assistant" }}',
        _literal(begin_reply), "{{ .Content }}", _literal(end_of_reply),
        "{{- end }}{{- end }}", _literal(begin_reply),
    ]  # fmt: skip
    return "".join(parts), own


def _literal(text: str) -> str:
    """A text as an action, so that white space beside other actions stays."""
    return "{{ " + json.dumps(text, ensure_ascii=False) + " }}" if text else ""


def _end_of(template: Any, user: dict[str, str]) -> str | None:
    """What ends a user's turn: the text without an opened reply."""
    try:
        return template.text([user]).split(_USER)[1]
    except (DataError, IndexError):
        return None


def _common_end(one: str, other: str) -> str:
    n = 0
    while n < min(len(one), len(other)) and one[-1 - n] == other[-1 - n]:
        n += 1
    return one[len(one) - n :]


def _common_start(one: str, other: str) -> str:
    n = 0
    while n < min(len(one), len(other)) and one[n] == other[n]:
        n += 1
    return one[:n]
