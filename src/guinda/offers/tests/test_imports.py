"""Numbers come in: graded as one by one, all or none, and hostile files change nothing."""

from __future__ import annotations

import numpy as np
import pytest

from guinda.base.refusals import Refusal
from guinda.journal.models import Event
from guinda.offers import imports
from guinda.offers.imports import bring_in, numbering_from
from guinda.offers.models import Number, NumberClass, NumberRange
from guinda.offers.tests.conftest import NOW, OPERATORS
from guinda.solvers.grade import scores


def test_each_number_has_the_class_and_beauty_of_its_digits(numbering, monkeypatch):
    monkeypatch.setattr(imports, "BLOCK", 300)
    bring_in(numbering=numbering, first=1_111_000, last=1_112_000, by="test", now=NOW)
    rows = list(Number.objects.filter(number__lt=numbering.base + 2_000_000).order_by("number"))
    digits = np.arange(1_111_000, 1_112_001)
    assert [row.number - numbering.base for row in rows] == digits.tolist()
    assert [row.class_row for row in rows] == numbering.grader().fit(digits).classes.tolist()
    expected = np.rint(scores(digits, length=7, groups=numbering.groups) * 100).astype(int)
    assert [row.score for row in rows] == expected.tolist()
    assert {(row.state, row.owner_id, row.rests_until) for row in rows} == {("free", None, None)}
    assert Event.objects.filter(kind="numbers.imported").count() == 2


@pytest.mark.parametrize(
    ("first", "last", "code"),
    [
        (5, 4, "range_wrong"),
        (-1, 5, "range_wrong"),
        (0, 10**7, "range_wrong"),
        (7_779_999, 7_780_005, "range_known"),
        (7_760_000, 7_790_000, "range_known"),
        (7_770_000, 7_779_999, "range_known"),
    ],
)
def test_a_range_that_is_wrong_or_known_changes_nothing(numbering, first, last, code):
    with pytest.raises(Refusal, match=code):
        bring_in(numbering=numbering, first=first, last=last, by="test", now=NOW)
    assert Number.objects.count() == 10_000
    assert NumberRange.objects.count() == 1


def test_a_fault_halfway_leaves_nothing(numbering, monkeypatch):
    monkeypatch.setattr(imports, "BLOCK", 100)

    def fails(done, _of):
        if done > 500:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        bring_in(numbering=numbering, first=0, last=5_000, by="test", now=NOW, progress=fails)
    assert Number.objects.count() == 10_000


def test_reading_a_numbering_again_brings_it_up_to_date(numbering):
    again = numbering_from(OPERATORS / "a1.toml")
    assert again.pk == numbering.pk
    assert NumberClass.objects.filter(numbering=numbering).count() == 6


@pytest.mark.parametrize("name", [path.stem for path in sorted(OPERATORS.glob("*.toml"))])
def test_the_operators_that_come_with_the_system_can_be_read(db, name):
    assert numbering_from(OPERATORS / f"{name}.toml").classes.count() >= 4


GOOD = (OPERATORS / "a1.toml").read_text()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "name = ",
        GOOD.replace("length = 7", "length = 0"),
        GOOD.replace("length = 7", "length = 11"),
        GOOD.replace("length = 7", 'length = "7"'),
        GOOD.replace("[3, 2, 2]", "[3, 2]"),
        GOOD.replace("__x-xx-xx", "__?-xx-xx"),
        GOOD.replace('prefix = "37529"', 'prefix = "+37529"'),
        GOOD.replace("price_minor = 20729", "price_minor = -1"),
        GOOD.replace("masks = []", 'masks = ["xxx-xx-xx"]'),
        "name = '\x00'",
        GOOD + "#" * 200_000,
    ],
)
def test_a_numbering_that_cannot_be_read_is_refused_in_a_sentence(numbering, tmp_path, text):
    path = tmp_path / "numbering.toml"
    path.write_text(text)
    before = list(NumberClass.objects.values_list("pk", "name", "price_minor"))
    with pytest.raises(Refusal, match="numbering_unreadable") as caught:
        numbering_from(path)
    assert str(caught.value.sentence).endswith(".")
    assert list(NumberClass.objects.values_list("pk", "name", "price_minor")) == before
