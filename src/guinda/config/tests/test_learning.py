"""`guinda learn` learns what there is, says what came of each, and refuses what there is not."""

from __future__ import annotations

import pytest

from guinda.config import cli
from guinda.planner.models import Learned
from guinda.planner.tests.trials import Stage
from guinda.plays.tests.past import NOW

pytestmark = pytest.mark.django_db


def test_each_subject_is_learned_or_says_why_not(capsys, monkeypatch):
    monkeypatch.setattr("guinda.base.clock.now", lambda: NOW)
    Stage().moved(200, seed=1)
    with pytest.raises(SystemExit) as ended:
        cli.main(["learn"])
    assert not ended.value.code
    told = capsys.readouterr().out.splitlines()
    assert told[0].startswith(
        "uplift play:wave, version 1 from 200 clients: pooled, in use. Too few data to tell clients apart"
    )
    assert [line.split(":")[0] for line in told[1:]] == ["people", "companies", "companies"]
    with pytest.raises(SystemExit) as ended:
        cli.main(["learn", "play:none"])
    assert ended.value.code == 2
    assert "There is: play:wave, people, companies." in capsys.readouterr().err
    assert Learned.objects.count() == 1
