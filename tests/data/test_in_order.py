"""Templates that write one turn behind the other are rendered once, and give the same."""

import re

import pytest

from tests.data.test_rendering import talk, tokenizer
from workbench.data.rendering.asking import asked
from workbench.data.rendering.rendered import render
from workbench.data.rendering.template import Template
from workbench.errors import DataError

IN_ORDER = {
    "chatml": "{% for message in messages %}{% if loop.first and messages[0]['role'] != 'system' %}"
    "{{ '<s>be kind</s>' }}{% endif %}{{ '<' + message['role'] + '>' + message['content'] + "
    "'</s>' }}{% endfor %}{% if add_generation_prompt %}{{ '<assistant>' }}{% endif %}",
    "alias": "{% set all = messages %}{% for m in all %}{% set said = m.role + ': ' + "
    "m.content | trim + '</s>' %}{% if loop.index0 == 0 %}{% set said = '<s>' + said %}"
    "{% endif %}{{ said }}{% endfor %}{% if add_generation_prompt %}{{ 'assistant: ' }}{% endif %}",
    "previous": "{% for m in messages %}{% if not loop.first and loop.previtem.role == m.role %}"
    "{{ raise_exception('twice') }}{% endif %}{{ m.role[0] + '>' + m.content + '\\n' }}"
    "{% endfor %}{% if add_generation_prompt %}{{ 'a>' }}{% endif %}",
}
NOT_IN_ORDER = {
    "last": "{% for m in messages %}{{ m.role + m.content }}{% if loop.last %}!{% endif %}"
    "{% endfor %}{% if add_generation_prompt %}{{ 'a>' }}{% endif %}",
    "counts": "{% for m in messages %}{{ m.role + m.content }}{{ messages | length }}"
    "{% endfor %}{% if add_generation_prompt %}{{ 'a>' }}{% endif %}",
    "looks_ahead": "{% for m in messages %}{{ m.content }}{{ messages[-1].role }}"
    "{% endfor %}{% if add_generation_prompt %}{{ 'a>' }}{% endif %}",
    "sliced": "{% for m in messages[1:] %}{{ m.content }}{% endfor %}"
    "{% if add_generation_prompt %}{{ 'a>' }}{% endif %}",
    "skips": "{% for m in messages if m.role == 'user' %}{{ m.content }}{% endfor %}"
    "{% if add_generation_prompt %}{{ 'a>' }}{% endif %}",
    "asks_inside": "{% for m in messages %}{{ m.role + m.content }}{% if add_generation_prompt %}"
    "{{ 'a>' }}{% endif %}{% endfor %}",
    "namespace": "{% set ns = namespace(n=0) %}{% for m in messages %}{% set ns.n = ns.n + 1 %}"
    "{% endfor %}{{ ns.n }}{% if add_generation_prompt %}{{ 'a>' }}{% endif %}",
    "two_loops": "{% for m in messages %}{{ m.content }}{% endfor %}{% for m in messages %}"
    "{{ m.role }}{% endfor %}{% if add_generation_prompt %}{{ 'a>' }}{% endif %}",
    "a_tail": "{% for m in messages %}{{ m.content }}{% endfor %} end"
    "{% if add_generation_prompt %}{{ 'a>' }}{% endif %}",
    "today": "{% for m in messages %}{{ strftime_now('%Y') + m.content }}{% endfor %}"
    "{% if add_generation_prompt %}{{ 'a>' }}{% endif %}",
    "an_alias_of_the_end": "{% set tail = messages[-1] %}{% for m in messages %}"
    "{{ m.content + tail.role }}{% endfor %}{% if add_generation_prompt %}{{ 'a>' }}{% endif %}",
}
LONG = [(role, f" {role} word {n} <sea> ") for n in range(6) for role in ("user", "assistant")]
TALKS = {
    "long": LONG, "with_system": [("system", "be brief"), *LONG], "begins_with_a_reply": LONG[1:],
    "two_replies": [*LONG[:2], ("assistant", "and more"), *LONG[2:4]], "asks": LONG[:5],
    "empty": [("user", ""), ("assistant", "sea")],
    "marks": [("user", "</s> <assistant>"), *LONG[1:]],
    "signs": [("user", "\uf8ff word"), ("assistant", "\uf8ff\uf8fe sea")],
}  # fmt: skip


def own(source):
    return Template(tokenizer(source))


@pytest.mark.parametrize("name", [*IN_ORDER, *NOT_IN_ORDER])
def test_one_rendering_gives_what_one_for_each_turn_gives(name):
    source = (IN_ORDER | NOT_IN_ORDER)[name]
    quick, slow = own(source), own(source)
    slow.__dict__["_in_order"] = None
    assert (quick._in_order is not None) == (name in IN_ORDER)
    for turns in TALKS.values():
        talked = talk(*turns)
        assert render(talked, quick) == render(talked, slow)
        try:
            wanted = asked(talked, slow)
        except DataError as error:
            with pytest.raises(DataError, match=re.escape(error.message)):
                asked(talked, quick)
        else:
            assert asked(talked, quick) == wanted


def test_a_long_conversation_is_rendered_once(monkeypatch):
    template = own(IN_ORDER["chatml"])
    render(talk(*LONG[:2]), template)  # what is looked at once
    asked_for = []
    monkeypatch.setattr(template, "text", lambda *a, **k: asked_for.append(a))
    found = render(talk(*LONG), template)
    assert asked_for == [] and len(found[0].turns) == 6
