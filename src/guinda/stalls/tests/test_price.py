"""The telephone counts money as the house does: the two functions agree, halves and all."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from random import Random

import pytest

from guinda.base.money import price_minor

MONEY = Path(__file__).resolve().parents[1] / "static" / "stalls" / "stall-money.js"
NODE = shutil.which("node")


@pytest.mark.skipif(NODE is None, reason="Node.js is not installed")
def test_the_telephone_s_price_is_the_panel_s():
    rng = Random(20261125)
    cases = [
        (weight_g, per_kg)
        for weight_g in (1, 5, 499, 500, 501, 999, 100_000)
        for per_kg in (1, 99, 100, 101, 89_000, 2**31 - 1)
    ]
    cases += [(rng.randint(1, 100_000), rng.randint(1, 2_000_000)) for _ in range(5_000)]
    story = f"""
    const {{ priceMinor }} = await import("data:text/javascript," + encodeURIComponent({json.dumps(MONEY.read_text(encoding="utf-8"))}));
    console.log(JSON.stringify({json.dumps(cases)}.map(([weight, perKg]) => priceMinor(weight, perKg))));
    """
    done = subprocess.run(
        [str(NODE), "--input-type=module"],
        input=story,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert json.loads(done.stdout) == [price_minor(*case) for case in cases]
