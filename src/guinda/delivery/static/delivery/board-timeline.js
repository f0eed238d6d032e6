/* One row a courier, bags as bars from leaving the store to the door, the promise as a mark. */

const BEFORE_S = 10 * 60;
const AFTER_S = 50 * 60;
const TICK_S = 10 * 60;
const LANE_PX = 68;
const LEAST_SHARE = 24; // of the track's width: a bar is at least 64 px wide, on a telephone too
const rows = new Map();

const share = (view, seconds) => ((seconds - view.now() + BEFORE_S) / (BEFORE_S + AFTER_S)) * 100;
const within = (percent) => Math.min(Math.max(percent, 0), 100);

const element = (name, className, attributes = {}) => Object.assign(document.createElement(name), { className, ...attributes });

/** The hours over the rows, and where now is. */
export const drawAxis = (view) => {
  const axis = view.root.querySelector("[data-axis]");
  const first = Math.ceil((view.now() - BEFORE_S) / TICK_S) * TICK_S;
  const marks = [];
  for (let at = first; at < view.now() + AFTER_S; at += TICK_S) {
    const mark = element("span", "board-tick", { textContent: view.hour(at) });
    mark.style.left = `${share(view, at)}%`;
    marks.push(mark);
  }
  axis.replaceChildren(...marks);
};

const shown = (show, courier, tasks, view) => {
  if (show === "busy") return tasks.length > 0;
  if (show === "trouble") return courier.silent || tasks.some((task) => view.lateness(task) > 0);
  return true;
};

/** All rows, the bags that nobody has first. Elements are kept from drawing to drawing, so that focus and screen readers stay. */
export const drawRows = (view, state, show) => {
  const list = view.root.querySelector("[data-rows]");
  const of = Map.groupBy ? Map.groupBy(state.tasks, (task) => task.courier) : groupBy(state.tasks);
  const nobody = { id: 0, name: view.root.dataset.textNobody, mode: "", silent: false };
  const orphans = [...(of.get(null) ?? [])];
  const known = new Set(state.couriers.map((courier) => courier.id));
  state.tasks.filter((task) => task.courier && !known.has(task.courier)).forEach((task) => orphans.push(task));
  const wanted = state.couriers
    .map((courier) => [courier, of.get(courier.id) ?? []])
    .filter(([courier, tasks]) => shown(show, courier, tasks, view));
  if (orphans.length) wanted.unshift([nobody, orphans]);
  const keep = new Set(wanted.map(([courier]) => courier.id));
  for (const [id, row] of rows) if (!keep.has(id)) (row.remove(), rows.delete(id));
  wanted.forEach(([courier, tasks], index) => {
    const row = rows.get(courier.id) ?? newRow(courier.id);
    if (list.children[index] !== row) list.insertBefore(row, list.children[index] ?? null);
    drawRow(view, row, courier, tasks);
  });
  view.root.querySelector("[data-none]").hidden = wanted.length > 0;
  oneStop(list, view.chosen());
};

const groupBy = (tasks) => tasks.reduce((of, task) => of.set(task.courier, [...(of.get(task.courier) ?? []), task]), new Map());

const newRow = (id) => {
  const row = element("li", "board-row");
  row.append(element("h3", "board-name"), element("div", "board-track"));
  rows.set(id, row);
  return row;
};

const drawRow = (view, row, courier, tasks) => {
  const { dataset } = view.root;
  const [name, track] = row.children;
  const how = courier.silent ? dataset.textSilent : courier.id && !tasks.length ? dataset.textFree : (dataset[mode(courier)] ?? "");
  row.dataset.state = !courier.id ? "nobody" : courier.silent ? "silent" : tasks.length ? "busy" : "idle";
  const text = `${courier.name}|${how}`;
  if (name.dataset.text !== text) {
    name.dataset.text = text;
    name.replaceChildren(courier.name, " ", element("small", "", { textContent: how }));
  }
  const bars = new Map([...track.children].map((bar) => [bar.dataset.key, bar]));
  const inOrder = [...tasks].sort((a, b) => end(a) - end(b));
  if (courier.id) inOrder.reduce((from_s, task) => drawBar(view, track, bars, task, from_s, 0), 0);
  else stack(view, track, bars, inOrder);
  bars.forEach((bar) => bar.remove());
};

/* Bags that nobody has overlap in time: each goes to the first lane that is free, and none hides another. */
const stack = (view, track, bars, tasks) => {
  const lanes = [];
  for (const task of [...tasks].sort((a, b) => a.ready_s - b.ready_s)) {
    const from = within(share(view, task.ready_s));
    const free = lanes.findIndex((until) => until <= from);
    const lane = free < 0 ? lanes.length : free;
    drawBar(view, track, bars, task, 0, lane);
    lanes[lane] = Math.max(within(share(view, end(task))), from + LEAST_SHARE);
  }
  track.style.minHeight = `${lanes.length * LANE_PX}px`;
};

const mode = ({ mode: name }) => `text${name.slice(0, 1).toUpperCase()}${name.slice(1)}`;
const end = (task) => task.expected_s ?? task.promised_s;

/* A trip's bags one after the other: the second begins where the first is at its door. Returns where this one ends. */
const drawBar = (view, track, bars, task, from_s, lane) => {
  const bar = kept(track, bars, `b${task.id}`, () => Object.assign(element("button", "board-bar"), { type: "button" }));
  const start_s = Math.max(task.courier ? (task.leaves_s ?? view.now()) : task.ready_s, from_s);
  const left = within(share(view, start_s));
  bar.dataset.taskBar = task.id;
  bar.dataset.state = task.state;
  bar.dataset.late = view.lateness(task) > 0 ? "yes" : "no";
  bar.toggleAttribute("data-pinned", task.pinned);
  bar.toggleAttribute("data-forbidden", task.forbidden);
  bar.setAttribute("aria-pressed", view.chosen() === task.id ? "true" : "false");
  bar.style.left = `${left}%`;
  bar.style.width = `${Math.max(within(share(view, end(task))) - left, 0)}%`;
  bar.style.top = `${lane * LANE_PX + 2}px`;
  if (bar.textContent !== task.code) bar.textContent = task.code;
  const label = spoken(view, task);
  if (bar.getAttribute("aria-label") !== label) bar.setAttribute("aria-label", label);
  drawMark(view, track, bars, task, bar.dataset.late, lane);
  return end(task);
};

/* From the door to the promise: room to spare, or lateness. Each bag of a row has a height of its own, so that marks can be told apart. */
const drawMark = (view, track, bars, task, late, lane) => {
  const mark = kept(track, bars, `m${task.id}`, () => element("i", "board-mark"));
  const [from, to] = [share(view, end(task)), share(view, task.promised_s)].map(within).sort((a, b) => a - b);
  mark.style.left = `${from}%`;
  mark.style.width = `${to - from}%`;
  mark.style.top = `${lane * LANE_PX + 6 + (nth(track, mark) % 4) * 15}px`;
  mark.dataset.late = late;
  mark.toggleAttribute("data-chosen", view.chosen() === task.id);
};

const nth = (track, mark) => [...track.querySelectorAll(".board-mark")].indexOf(mark);

const kept = (track, bars, key, make) => {
  const found = bars.get(key) ?? track.appendChild(make());
  found.dataset.key = key;
  bars.delete(key);
  return found;
};

const spoken = (view, task) => {
  const { dataset } = view.root;
  const late = view.lateness(task);
  const how = late > 0 ? view.fill(dataset.textLate, { n: late }) : dataset.textInTime;
  const facts = { code: task.code, street: task.street, promised: view.hour(task.promised_s), expected: view.hour(end(task)), how };
  const text = view.fill(task.courier ? dataset.textBar : dataset.textUnplanned, facts);
  return task.pinned ? `${text} ${dataset.textPinned}` : text;
};

/* The whole timeline is one stop of the Tab key; arrows go on from there. */
const oneStop = (list, chosen) => {
  const bars = [...list.querySelectorAll(".board-bar")];
  const stop = bars.find((bar) => bar === document.activeElement) ?? bars.find((bar) => +bar.dataset.taskBar === chosen) ?? bars[0];
  bars.forEach((bar) => (bar.tabIndex = bar === stop ? 0 : -1));
};

const STEPS = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };

/** Left and right within a row, up and down to the next row that has bags. */
export const walk = (root, event) => {
  const bar = event.target.closest?.(".board-bar");
  const step = bar && STEPS[event.key];
  if (!step) return;
  event.preventDefault();
  const all = [...root.querySelectorAll(".board-row")].map((row) => [...row.querySelectorAll(".board-bar")]).filter((bars) => bars.length);
  const row = all.findIndex((bars) => bars.includes(bar));
  const column = all[row].indexOf(bar);
  const to = step[0] ? (all[row + step[0]]?.[Math.min(column, all[row + step[0]].length - 1)] ?? bar) : (all[row][column + step[1]] ?? bar);
  bar.tabIndex = -1;
  to.tabIndex = 0;
  to.focus();
};
