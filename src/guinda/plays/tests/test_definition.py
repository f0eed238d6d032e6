"""What is written comes back the same, and what is wrong is told in a sentence that names its place."""

from __future__ import annotations

import json
from datetime import time, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guinda.plays import definition
from guinda.plays.definition import Definition, Faults, parse, plain, write
from guinda.plays.tests.cast import EXAMPLE, texts

WORDS = st.text(st.characters(codec="utf-8", exclude_characters="\x00[]{}"), min_size=1, max_size=40).filter(
    str.strip
)
TEXTS = st.fixed_dictionaries({"en": WORDS, "es": WORDS, "ru": WORDS})
DURATIONS = st.integers(1, 10**6).map(lambda s: timedelta(seconds=s * 60))
VALUES = st.recursive(
    st.booleans() | st.integers(-(10**9), 10**9) | st.floats(-1e9, 1e9) | WORDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=3),
    max_leaves=6,
)
FILTERS = st.lists(st.dictionaries(WORDS, VALUES, min_size=1, max_size=3), max_size=2).map(tuple)


@st.composite
def calls(draw) -> definition.Step:
    return definition.Step(
        slug="call",
        who="seller",
        name=draw(TEXTS),
        channel="call",
        script=draw(TEXTS),
        objections=tuple(
            definition.Objection(draw(TEXTS), draw(TEXTS)) for _ in range(draw(st.integers(0, 2)))
        ),
        standard=tuple(draw(st.lists(TEXTS, max_size=2))),
        evidence=(definition.Evidence("need", draw(TEXTS), ("agreed",)),),
        within=timedelta(days=3),
        worth_minor=draw(st.integers(0, 10**6)),
        outcomes=draw(st.dictionaries(st.sampled_from(["tasted", "gone_away"]), TEXTS)),
        branches={"agreed": "goal", "later": "say", "tasted": "end", "gone_away": "greet", "lapsed": "end"},
    )


@st.composite
def greetings(draw) -> definition.Step:
    return definition.Step(
        slug="greet",
        who="panel",
        name=draw(TEXTS),
        message=draw(TEXTS),
        opens=draw(st.sampled_from(["", "standing"])),
        branches={"taken": "goal", "declined": "end"},
    )


@st.composite
def plays(draw) -> Definition:
    say = definition.Step(
        slug="say",
        who="system",
        name=draw(TEXTS),
        after=draw(DURATIONS | st.just(timedelta())),
        at=draw(st.none() | st.builds(time, st.integers(0, 23), st.integers(0, 59))),
        variants=(definition.Variant("a", 0.25, draw(TEXTS)), definition.Variant("b", 0.75, draw(TEXTS))),
        holds=draw(st.none() | DURATIONS),
        most_times=draw(st.integers(1, 5)),
        branches={"sent": "listen", "held_back": "call"},
    )
    listen = definition.Step(
        slug="listen",
        who="system",
        name=draw(TEXTS),
        until=definition.Until("order.delivered", draw(DURATIONS), draw(FILTERS)),
        branches={"came": "goal", "did_not_come": "call"},
    )
    return Definition(
        slug="any-play",
        name=draw(TEXTS),
        about=draw(TEXTS),
        whom=draw(st.sampled_from(["person", "company"])),
        purpose="care",
        priority=draw(st.integers(0, 1000)),
        holdout=draw(st.floats(0, 0.5)),
        entry=definition.Entry(
            event="order.rated", when=draw(FILTERS), again_after=draw(st.none() | DURATIONS)
        ),
        goal=definition.Goal("order.delivered", draw(DURATIONS), draw(FILTERS)),
        steps=(say, listen, draw(calls()), draw(greetings())),
    )


@given(plays())
@settings(deadline=None, max_examples=50)
def test_a_play_written_and_read_is_the_same_play(play):
    assert parse(write(play)) == play
    assert definition.from_plain(json.loads(json.dumps(plain(play)))) == play
    assert write(parse(write(play))) == write(play)


def test_the_example_of_the_docs_is_a_play():
    assert parse(EXAMPLE).step("fresh").at == time(10)


WRONG = [
    ('who = "system"', 'who = "robot"', "Step “fresh”, “who”: choose one of: system, seller, panel."),
    ('sent = "end"', 'sent = "later"', "Step “fresh”, branch “sent”: there is no step “later”."),
    ('sent = "end"', 'tired = "end"', "Step “fresh”, branches: say where it goes after “sent”."),
    (
        'sent = "end"',
        'sent = "fresh"',
        "Step “fresh”: it leads back to itself for ever. Give a step of the loop “most_times”.",
    ),
    ('after = "12 hours"', 'after = "soon"', "Step “fresh”, “after”: write a time such as"),
    ('at = "10:00"', 'at = "25:00"', "Step “fresh”, “at”: write a time of the day such as “10:00”."),
    (
        "[, {name}]! Cherries",
        ", {name}! Cherries",
        "Step “fresh”, “message.en”: put what needs a field in brackets",
    ),
    ("{name}]! Cherries", "{nick}]! Cherries", "Step “fresh”, “message.en”: there is no field {nick}."),
    (
        'event = "order.delivered"',
        'event = "order.delivered"\nsegment = "nightly"',
        "Entry: name either an event or segment",
    ),
    ('within = "7 days"', 'within = "7 days"\nwhithin = 1', "Goal, “whithin”: there is no such field here."),
    ("holdout = 0.1", "holdout = 0.9", "“holdout”: give a share from 0 to 0.5, for example 0.1."),
    ("holdout = 0.1", "holdout = nan", "“holdout”: give a share from 0 to 0.5, for example 0.1."),
    ('is = "exactly"', "is = 2026-01-01", "Entry, “when”: give a list of conditions in braces"),
    ('ru = "Что свежего"', "", "Step “fresh”, “name”: write the text in each language"),
    ('slug = "fresh"', 'slug = "end"', "Step “end”: this short name is taken."),
    ('slug = "come-back"', 'slug = "come-back', "This is not TOML:"),
]


@pytest.mark.parametrize(("right", "wrong", "sentence"), WRONG)
def test_a_fault_is_a_sentence_that_names_its_place(right, wrong, sentence):
    assert right in EXAMPLE
    with pytest.raises(Faults) as told:
        parse(EXAMPLE.replace(right, wrong, 1))
    assert any(each.sentence.startswith(sentence) for each in told.value.faults), str(told.value)


def test_all_faults_are_told_at_once_and_hostile_shapes_are_faults():
    with pytest.raises(Faults) as told:
        definition.from_plain(
            {"slug": 7, "steps": [{"who": []}, "no", {"branches": {"A B": 1}, "standard": {}}], 5: "x"}
        )
    assert len(told.value.faults) > 5
    for odd in ("a = [" * 5000, "x" * 300_000, 'slug = "\\u0000"', "steps = 5\nentry = []\ngoal = 1"):
        with pytest.raises(Faults):
            parse(odd)


def test_a_seller_step_must_say_what_belongs_to_it():
    values = plain(parse(EXAMPLE))
    values["steps"][0] = {
        "slug": "call", "who": "seller", "name": texts("Call"), "message": texts("Hello"),
        "evidence": [{"field": "need", "label": texts("Need"), "outcomes": ["found"]}], "branches": {"lapsed": "end"},
    }  # fmt: skip
    with pytest.raises(Faults) as told:
        definition.from_plain(values)
    said = [each.sentence for each in told.value.faults]
    for part in (
        "“message”: what is said here is called",
        "“channel”",
        "evidence “need”: there is no outcome “found”",
        "“within”",
    ):
        assert any(part in each for each in said), said
