"""The telephone's queue of taps, run by Node with a localStorage of its own: what it sends, keeps and sets aside."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

ROOMS = Path(__file__).resolve().parents[2]
KEYS = ROOMS / "base" / "static" / "base" / "keys.js"
QUEUE = ROOMS / "delivery" / "static" / "delivery" / "courier-queue.js"
IMPORT = 'import { newKey } from "../base/keys.js";'
NODE = shutil.which("node")
pytestmark = pytest.mark.skipif(NODE is None, reason="Node.js is not installed")
WORLD = """
const kept = new Map();
globalThis.localStorage = { getItem: (name) => kept.get(name) ?? null, setItem: (name, text) => kept.set(name, text) };
globalThis.crypto ??= (await import("node:crypto")).webcrypto;
const { Queue } = await import("data:text/javascript," + encodeURIComponent(SOURCE));
const queue = new Queue("1");
const sent = [];
let broken = () => 0; // the status with which the server fails at a tap
class Trouble extends Error { constructor(status) { super("out"); this.status = status; } }
const post = async ({ taps }) => {
  sent.push(taps.map((tap) => tap.note).join(""));
  if (taps.some((tap) => "failed" in tap)) throw new Error("the server would refuse this field");
  const status = Math.max(...taps.map((tap) => broken(tap)));
  if (status) throw new Trouble(status);
  return { status: 200, json: async () => ({ taps: taps.map(({ key }) => ({ key, ok: true })) }) };
};
const names = (taps) => taps.map((tap) => tap.note ?? tap.tap.note).join("");
const add = (note, task_id) => queue.add({ kind: "picked_up", note, task_id });
const flush = () => queue.send(post).then((told) => names(told), (trouble) => `${trouble.status}:${names(trouble.told)}`);
const said = [];
"""
SAY = "console.log(JSON.stringify({ said, sent, waiting: names(queue.taps), aside: names(queue.aside) }));"


def told(story: str) -> dict:
    queue = QUEUE.read_text(encoding="utf-8")
    assert IMPORT in queue
    whole = queue.replace(IMPORT, KEYS.read_text(encoding="utf-8"))
    source = f"const SOURCE = {json.dumps(whole)};"
    done = subprocess.run(
        [str(NODE), "--input-type=module"],
        input=f"{source}\n{WORLD}\n{story}\n{SAY}",
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert not done.returncode, done.stderr
    return json.loads(done.stdout)


def test_a_tap_the_server_always_fails_at_is_set_aside_and_the_others_go_on():
    end = told("""
        add("a", 1); add("B", 2); add("c", 3); add("d");
        broken = (tap) => (tap.note === "B" ? 500 : 0);
        for (let n = 0; n < 5; n++) said.push(await flush());
    """)
    assert end["said"] == ["500:a", "500:", "500:", "500:", "cd"]
    assert (end["waiting"], end["aside"]) == ("", "B")
    assert end["sent"][:3] == ["aBcd", "a", "B"]


def test_later_taps_of_the_same_bag_are_kept_with_it_and_a_new_one_may_go():
    end = told("""
        add("P", 7); add("q", 8); add("D", 7);
        broken = (tap) => (tap.note === "P" ? 500 : 0);
        for (let n = 0; n < 5; n++) await flush();
        add("n", 7);
        said.push(await flush());
    """)
    assert (end["aside"], end["waiting"], end["said"]) == ("PD", "", ["n"])


def test_what_was_set_aside_gets_one_try_more_and_is_then_sent_or_kept():
    end = told("""
        add("x", 1); add("y", 2);
        broken = (tap) => (tap.note === "x" ? 500 : 0);
        for (let n = 0; n < 5; n++) await flush();
        queue.tryAgain();
        said.push(names(queue.taps), await flush(), names(queue.aside));
        queue.tryAgain();
        broken = () => 0;
        said.push(await flush());
    """)
    assert end["said"] == ["x", "", "x", "x"]
    assert (end["waiting"], end["aside"]) == ("", "")


@pytest.mark.parametrize("status", [0, 502, 503, 504])
def test_a_line_that_is_out_or_a_server_that_starts_anew_sets_nothing_aside(status):
    end = told(f"""
        add("a", 1); add("b", 2);
        const away = {status};
        const reached = post;
        for (let n = 0; n < 9; n++)
          await queue.send(async (body) => {{ sent.push(names(body.taps)); throw new Trouble(away); }}).catch(() => {{}});
    """)
    assert (end["waiting"], end["aside"]) == ("ab", "")
    assert set(end["sent"]) == {"ab"}
