/* The courier's page: asks for the day, shows the next bag, sends taps and the place. Taps survive a lost line and a reload. */

import { Queue, foresee } from "./courier-queue.js";
import { askers } from "./courier-dialogs.js";
import { show, showAside, showLine } from "./courier-show.js";

const DAY_EVERY_MS = 5_000;
const RETRY_MS = 3_000;
const PATIENCE_MS = 10_000; // no answer for so long is no line

const root = document.querySelector("[data-me]");
const queue = new Queue(root.dataset.me);
const state = { day: null, line: "good", here: null, sending: false, retry: 0, asked: 0 };

const render = () => {
  showLine(root, state.line, queue.taps.length);
  showAside(root, queue.aside);
  if (state.day) show(root, foresee(state.day, queue.taps), state.here);
};

class Trouble extends Error {
  constructor(line, status = 0) {
    super(line);
    this.status = status; // what the server answered, nought when it did not
  }
}

const call = async (url, options = {}) => {
  const headers = { Accept: "application/json", "Content-Type": "application/json", "X-CSRFToken": root.dataset.csrf };
  let response;
  try {
    response = await fetch(url, { headers, cache: "no-store", signal: AbortSignal.timeout(PATIENCE_MS), ...options });
  } catch {
    throw new Trouble("out");
  }
  if (response.status === 401 || response.status === 403) throw new Trouble("signed-out");
  if (!response.ok && response.status !== 422) throw new Trouble("out", response.status);
  return response;
};
const post = (url, body) => call(url, { method: "POST", body: JSON.stringify(body) });

const onLine = (line) => {
  state.line = line;
  render();
};

/* An answer that was asked for before the newest tap was sent knows less than we do: it is thrown away. */
const fetchDay = async () => {
  const number = ++state.asked;
  try {
    const day = await (await call(root.dataset.day)).json();
    if (number === state.asked && !state.sending) state.day = day;
    onLine(queue.taps.length ? state.line : "good");
  } catch (trouble) {
    if (!(trouble instanceof Trouble)) throw trouble;
    onLine(trouble.message);
  }
};

const flush = async () => {
  if (state.sending || !queue.taps.length) return;
  state.sending = true;
  clearTimeout(state.retry);
  if (state.line === "good") onLine("sending");
  try {
    await takeIn(await queue.send((body) => post(root.dataset.taps, body)));
  } catch (trouble) {
    state.sending = false;
    if (!(trouble instanceof Trouble)) throw trouble;
    onLine(trouble.message);
    state.retry = setTimeout(flush, RETRY_MS);
    await takeIn(trouble.told, trouble.message);
  }
};

/* What the server said of taps, although others may still wait. */
const takeIn = async (told, line = "good") => {
  const counted = told.filter((each) => each.ok).map((each) => each.tap);
  if (state.day) state.day = foresee(state.day, counted); // the line may be gone before the new day is here
  state.sending = false;
  state.line = line;
  if (line === "good") await fetchDay();
  else render();
  told.filter((each) => !each.ok).forEach(explain);
};

const tap = (facts) => {
  queue.add({ ...facts, ...state.here });
  hideAlert();
  render();
  document.querySelector(`[data-screen="task"] #next`)?.focus();
  flush();
};

const alertBox = root.querySelector("[data-alert]");
const hideAlert = () => (alertBox.hidden = true);
const explain = ({ code, sentence, tap: { task_id: id } }) => {
  const open = state.day?.tasks.find((each) => each.id === id);
  if (open && ["wrong_code", "code_or_note"].includes(code)) return ask.delivered(open, sentence);
  const text = id ? root.dataset.textAbout.replace("{id}", id).replace("{sentence}", sentence) : sentence;
  root.querySelector("[data-alert-text]").textContent = text;
  alertBox.hidden = false;
  return scrollTo({ top: 0 });
};

const next = () => foresee(state.day, queue.taps).tasks[0];
const ask = askers(tap);

root.querySelector("[data-alert-close]").addEventListener("click", hideAlert);
root.querySelector('[data-tap="start_shift"]').addEventListener("click", () => tap({ kind: "start_shift" }));
root.querySelector('[data-open="end"]').addEventListener("click", () => ask.end());
document.querySelector("[data-actions]").addEventListener("click", ({ target }) => {
  const kind = target.closest("[data-action]")?.dataset.action;
  const task = kind && next();
  if (!task) return;
  if (kind === "picked_up") tap({ kind, task_id: task.id });
  else ask[kind](task);
});

/* Where I am: asked for once the shift runs, told with every beat while the page is open; without it we only say that we are here. */
let watched = false;
const watchPlace = () => {
  if (watched || !state.day?.shift || !navigator.geolocation) return;
  watched = true;
  navigator.geolocation.watchPosition(
    ({ coords }) => {
      state.here = { lat: coords.latitude, lon: coords.longitude };
      render();
    },
    () => {},
    { enableHighAccuracy: true, maximumAge: 5_000 },
  );
};
const tellPlace = () => {
  watchPlace();
  if (state.day?.shift && state.line === "good") post(root.dataset.place, state.here ?? {}).catch(() => {});
};

addEventListener("online", () => (flush(), fetchDay()));
addEventListener("offline", () => onLine("out"));
addEventListener("storage", render);
document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && (flush(), fetchDay()));
setInterval(fetchDay, DAY_EVERY_MS);
setInterval(tellPlace, +root.dataset.beatMs);
fetchDay().then(tellPlace);
queue.tryAgain(); // what the server refused to take yesterday it may take today
flush();
