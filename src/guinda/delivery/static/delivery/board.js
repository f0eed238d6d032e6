/* The dispatcher's board lives: server-sent events, else a question every few seconds. The parts draw themselves from one state. */

import { Bag } from "./board-bag.js";
import { drawMap } from "./board-map.js";
import { drawAxis, drawRows, walk } from "./board-timeline.js";

const POLL_MS = 5_000;
const TICK_MS = 5_000; // bars move left as time passes, also when nothing changes
const root = document.querySelector("[data-board]");
const line = document.querySelector("[data-line]");
const clock = { city_s: 0, at_ms: 0 };
let state = JSON.parse(document.getElementById("board-state").textContent);
let timer = 0;
let said = "";

/** Seconds since 1970 as the city's clock shows them: it may run faster than ours. */
const now = () => clock.city_s + ((performance.now() - clock.at_ms) / 1000) * +root.dataset.speed;
const hours = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", timeZone: root.dataset.zone });
const hour = (seconds) => hours.format(new Date(seconds * 1000));
const fill = (text, facts) => text.replace(/\{(\w+)\}/g, (_, name) => facts[name]);

const lateness = (task) => Math.ceil(((task.expected_s ?? Math.max(now(), task.ready_s)) - task.promised_s) / 60);
const view = { root, now, hour, fill, lateness, chosen: () => bag.chosen };
const bag = new Bag(view);

const draw = () => {
  const clockText = hour(now());
  document.querySelector("[data-clock]").textContent = clockText;
  drawAxis(view);
  drawRows(view, state, document.querySelector('[name="show"]:checked').value);
  drawMap(view, state, bag);
  count();
};

const count = () => {
  const late = state.tasks.filter((task) => lateness(task) > 0).length;
  const nobody = state.tasks.filter((task) => !task.courier).length;
  const facts = { duty: state.couriers.length, bags: state.tasks.length, late, nobody };
  for (const [name, value] of Object.entries(facts)) {
    const place = root.querySelector(`[data-count="${name}"]`);
    if (place.textContent !== String(value)) place.textContent = value;
    place.parentElement.toggleAttribute("data-some", value > 0);
  }
  const trouble = late || nobody ? fill(root.dataset.textTrouble, facts) : "";
  if (trouble !== said) root.querySelector("[data-said]").textContent = said = trouble;
};

const apply = (fresh) => {
  line.hidden = true;
  state = fresh;
  Object.assign(clock, { city_s: fresh.now_s, at_ms: performance.now() });
  draw();
  bag.follow(state);
};

const listen = () => {
  const source = new EventSource(root.dataset.live);
  source.addEventListener("state", (event) => apply(JSON.parse(event.data)));
  source.addEventListener("full", () => (source.close(), poll()));
  source.addEventListener("error", () => {
    line.hidden = false;
    if (source.readyState === EventSource.CLOSED) poll();
  });
};

const poll = async () => {
  clearTimeout(timer);
  try {
    const answer = await fetch(root.dataset.state, { headers: { Accept: "application/json" } });
    if (answer.ok) apply(await answer.json());
  } catch {
    line.hidden = false;
  }
  timer = setTimeout(poll, POLL_MS);
};

root.addEventListener("click", ({ target }) => {
  const bar = target.closest("[data-task-bar]");
  if (bar) bag.open(+bar.dataset.taskBar).then(draw);
});
root.addEventListener("keydown", (event) => walk(root, event));
root.addEventListener("bag:changed", draw);
document.querySelectorAll('[name="show"]').forEach((each) => each.addEventListener("change", draw));
setInterval(draw, TICK_MS);

apply(state);
if (window.EventSource) listen();
else poll();
