/* What the courier sees of a day: one screen at a time, the next bag large, the map around what is next. */

import { enliven, toXY } from "../places/map.js";

const LEAST_UNITS = 150; // of the map are in view at least, so that one knows where one is
const map = enliven(document.querySelector("[data-map]"));
const seen = { fitted: "", next: "" };

/** `{n} min` with its facts filled in. */
const fill = (text, facts) => text.replace(/\{(\w+)\}/g, (_, name) => facts[name]);

/** Good, sending, or no line with the number of taps that wait. */
export const showLine = (root, line, waiting) => {
  const badge = document.querySelector("[data-line]");
  const { dataset } = root;
  const form = { one: "One", few: "Few" }[new Intl.PluralRules(document.documentElement.lang).select(waiting)] ?? "Many";
  const texts = {
    good: dataset.textGood,
    sending: dataset.textSending,
    out: waiting ? fill(dataset[`textOut${form}`], { n: waiting }) : dataset.textOut,
    "signed-out": dataset.textSignIn,
  };
  badge.dataset.state = line;
  const spoken = badge.querySelector("[data-line-text]");
  if (spoken.textContent === texts[line]) return;
  spoken.textContent = texts[line];
  if (line === "signed-out") {
    const link = Object.assign(document.createElement("a"), { href: location.href, textContent: dataset.textSignIn });
    spoken.replaceChildren(link);
    root.querySelector("[data-alert-text]").textContent = dataset.textSignedOut;
    root.querySelector("[data-alert]").hidden = false;
  }
};

/** What the server would not take, each tap on a line of its own; nothing else on the page waits for it. */
export const showAside = (root, taps) => {
  const { textAside, textAbout } = root.dataset;
  const lines = taps.map(({ task_id: id }) => (id ? fill(textAbout, { id, sentence: textAside }) : textAside));
  const part = root.querySelector("[data-aside]");
  if (part.dataset.said === lines.join()) return;
  part.dataset.said = lines.join();
  part.hidden = !lines.length;
  part.replaceChildren(...[...new Set(lines)].map((textContent) => Object.assign(document.createElement("p"), { textContent })));
};

/** The whole page for a day. */
export const show = (root, day, here) => {
  const [next, ...then] = day.tasks;
  const screen = !day.shift && !next ? "off" : next ? "task" : "idle";
  root.dataset.screen = screen;
  root.querySelectorAll("[data-when]").forEach((part) => (part.hidden = !part.dataset.when.split(" ").includes(screen)));
  showActions(next);
  if (next) showTask(root, next);
  showThen(root, then);
  showShift(root, day);
  showMap(root, day, next, here);
  announce(root, next);
};

const put = (part, name, text) => {
  const place = part.querySelector(`[data-f="${name}"]`);
  if (place.textContent !== text) place.textContent = text;
  place.hidden = !text;
};

const stepText = (root, task) => root.dataset[task.state === "assigned" ? "textPickUp" : "textBring"];
const titleOf = (task) => (task.state === "assigned" ? task.store.name : task.door.street);

const showTask = (root, task) => {
  const { dataset } = root;
  const part = root.querySelector("[data-task]");
  const toStore = task.state === "assigned";
  const late = task.minutes_left < 0;
  part.dataset.step = task.state;
  part.dataset.hurry = late ? "late" : task.minutes_left <= 5 ? "soon" : "fine";
  put(part, "step", stepText(root, task));
  put(part, "left", fill(late ? dataset.textLate : dataset.textLeft, { n: Math.abs(task.minutes_left) }));
  put(part, "title", titleOf(task));
  put(part, "flat", toStore ? `${task.store.street} · ${task.packed ? dataset.textPacked : fill(dataset.textReady, { time: task.ready_text })}` : flatText(dataset, task));
  put(part, "note", toStore ? "" : task.door.note);
  put(part, "promised", task.promised_text);
  put(part, "pay-label", task.cash_text ? dataset.textCash : dataset.textPaidLabel);
  put(part, "cash", task.cash_text ?? dataset.textPaid);
  put(part, "bag", fill(dataset.textBag, { id: task.id, weight: task.weight_text }));
  put(part, "lines", task.lines.map((line) => `${line.variety} ${line.weight_text}`).join(", "));
  const call = part.querySelector('[data-f="phone"]');
  call.hidden = toStore || !task.phone;
  call.href = `tel:${task.phone}`;
  put(part, "phone-text", fill(dataset.textCall, { phone: task.phone }));
};

const flatText = (dataset, task) => (task.door.flat ? fill(dataset.textFlat, { flat: task.door.flat }) : "");

const showActions = (next) => {
  const actions = document.querySelector("[data-actions]");
  actions.hidden = !next;
  actions.querySelectorAll("[data-action]").forEach((button) => {
    button.hidden = (button.dataset.action === "picked_up") !== (next?.state === "assigned");
  });
};

const showThen = (root, tasks) => {
  const part = root.querySelector("[data-then]");
  part.hidden ||= !tasks.length;
  const rows = tasks.map((task) => {
    const row = document.querySelector('[data-template="then"]').content.cloneNode(true);
    put(row, "step", stepText(root, task));
    put(row, "title", [titleOf(task), task.state === "carried" && flatText(root.dataset, task)].filter(Boolean).join(", "));
    put(row, "promised", fill(root.dataset.textBy, { time: task.promised_text }));
    return row;
  });
  part.querySelector("[data-then-list]").replaceChildren(...rows);
};

const showShift = (root, day) => {
  const facts = { from: day.shift?.started_text, until: day.shift?.ends_text, n: day.delivered };
  root.querySelector("[data-shift]").textContent = facts.from ? fill(root.dataset.textShift, facts) : "";
};

const showMap = (root, day, next, here) => {
  if (!day.shift) return;
  const me = here ?? day.shift;
  const points = me.lat === null ? [] : [me];
  if (points.length) map.pin(me.lat, me.lon, { kind: "here", label: root.dataset.textMe });
  const waitAt = next ? null : day.shift.wait_at;
  showIdle(root, waitAt);
  if (waitAt) {
    map.pin(waitAt.lat, waitAt.lon, { kind: "store", label: waitAt.name });
    points.push(waitAt);
  } else if (next?.state === "assigned") {
    map.pin(next.store.lat, next.store.lon, { kind: "store", label: next.store.name });
    points.push(next.store);
  } else map.unpin("store");
  if (next) {
    map.pin(next.door.lat, next.door.lon, { kind: "home", label: next.door.street });
    points.push(next.door);
  } else map.unpin("home");
  const what = `${next?.id} ${next?.state} ${points.length} ${Boolean(here)}`;
  if (what === seen.fitted || !map.svg.getBoundingClientRect().width) return;
  seen.fitted = what; // only when what is next has changed: a courier may have moved the map
  fit(points);
};

/* Without a bag: stay, or go to where the planner expects some. */
const showIdle = (root, store) => {
  const go = root.querySelector("[data-idle-go]");
  const text = store ? fill(root.dataset.textGo, { store: `${store.name}, ${store.street}` }) : "";
  if (go.textContent !== text) go.textContent = text;
  go.hidden = !store;
  root.querySelector("[data-idle-wait]").hidden = Boolean(store);
};

/* Bring all points into view with room for their pins. */
const fit = (points) => {
  if (!points.length) return map.all();
  const places = points.map((each) => toXY(map.svg, each.lat, each.lon));
  const span = (values) => Math.max(Math.max(...values) - Math.min(...values), LEAST_UNITS);
  const middle = (values) => (Math.min(...values) + Math.max(...values)) / 2;
  const { width, height } = map.svg.getBoundingClientRect();
  const whole = Math.min(width / +map.svg.dataset.width, height / +map.svg.dataset.height);
  const across = (width - 90) / span(places.map((each) => each.x));
  const down = (height - 110) / span(places.map((each) => each.y));
  return map.look(middle(points.map((each) => each.lat)), middle(points.map((each) => each.lon)), Math.min(across, down) / whole);
};

/* A new bag is said aloud once; the minutes are not. */
const announce = (root, next) => {
  const what = next ? `${next.id} ${next.state}` : "";
  if (what === seen.next) return;
  seen.next = what;
  const said = next ? fill(root.dataset.textNew, { step: stepText(root, next), title: titleOf(next) }) : "";
  root.querySelector("[data-said]").textContent = said;
};
