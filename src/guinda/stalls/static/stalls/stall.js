/* The seller's page: choose a lot, a weight, "sold". Every tap is on the telephone's disk before the page says so; sending comes later. */

import { newKey } from "../base/keys.js";
import { open } from "./stall-kept.js";
import { priceMinor } from "./stall-money.js";
import { describe, foresee, showAside, showLine, showPrice, showTiles, showTotals } from "./stall-show.js";
import { Sync, UNDO_MS } from "./stall-sync.js";

const EVERY_MS = 5_000;
const MOST_G = 100_000;
const STEP_G = 50;

const root = document.querySelector("[data-me]");
const grams = root.querySelector("[data-grams]");
const undoBox = document.querySelector("[data-undo-box]");
const state = { line: "wait", lot: null, busy: false, bag: null, undo: null, undoTimer: 0 };
const kept = await open(root.dataset.me);
const sync = new Sync(kept, { day: root.dataset.day, batches: root.dataset.batches });

const lotChosen = () => state.bag?.lots.find((lot) => lot.id === state.lot && !lot.recalled);

const render = async () => {
  const { items, day } = await kept.read();
  state.bag = day?.bag ? foresee(day.bag, items) : null;
  const screen = state.bag ? "selling" : day ? "no-bag" : state.line === "wait" ? "wait" : "unknown";
  root.dataset.screen = screen;
  root.querySelectorAll("[data-when]").forEach((part) => (part.hidden = part.dataset.when !== screen));
  document.querySelector("[data-action]").hidden = screen !== "selling";
  showLine(root, state.line, items.filter((item) => !item.aside).length);
  showAside(root, items);
  if (!state.bag) return;
  if (!lotChosen()) state.lot = (state.bag.lots.find((lot) => !lot.recalled && lot.left_g > 0) ?? state.bag.lots.find((lot) => !lot.recalled))?.id;
  root.querySelector("[data-stall]").textContent = state.bag.stall;
  showTiles(root, state.bag, state.lot);
  showPrice(root, state.bag, lotChosen(), +grams.value);
  showTotals(root, state.bag);
};

const round = async () => {
  if (state.busy) return;
  state.busy = true;
  try {
    state.line = navigator.onLine ? await sync.round() : "out";
  } finally {
    state.busy = false;
  }
  await render();
};

const setGrams = (value) => {
  const whole = Math.min(Math.max(Math.round(value) || 0, 0), MOST_G);
  grams.value = whole || "";
  showPrice(root, state.bag, lotChosen(), whole);
};

/* On the disk first, then on the page. */
const keep = async (facts) => {
  const item = { key: newKey(), bag_id: state.bag.id, at: Date.now(), ...facts };
  await kept.add(item);
  offerUndo(item);
  await render();
  setTimeout(round, UNDO_MS + 50);
};

const offerUndo = (item) => {
  state.undo = item.key;
  undoBox.querySelector("[data-undo-text]").textContent = describe(root, item, state.bag);
  undoBox.hidden = false;
  clearTimeout(state.undoTimer);
  state.undoTimer = setTimeout(() => (undoBox.hidden = true), UNDO_MS - 500);
};

const undo = async () => {
  const back = await kept.undo(state.undo);
  undoBox.hidden = true;
  root.querySelector("[data-said]").textContent = back ? root.dataset.textUndone : root.dataset.textTooLate;
  await render();
};

const sell = async () => {
  const [lot, weight] = [lotChosen(), +grams.value];
  if (!lot || weight < 1) return;
  setGrams(0); // a second tap on the button sells nothing more
  await keep({ lot_id: lot.id, weight_g: weight, price_minor: priceMinor(weight, lot.per_kg_minor) });
};

root.querySelector("[data-tiles]").addEventListener("change", ({ target }) => {
  state.lot = +target.value;
  showPrice(root, state.bag, lotChosen(), +grams.value);
});
root.querySelectorAll("[data-weight]").forEach((button) => button.addEventListener("click", () => setGrams(+button.dataset.weight)));
root.querySelectorAll("[data-step]").forEach((button) => button.addEventListener("click", () => setGrams(+grams.value + STEP_G * button.dataset.step)));
root.querySelectorAll("[data-tally]").forEach((button) => button.addEventListener("click", () => keep({ kind: button.dataset.tally })));
grams.addEventListener("input", () => setGrams(+grams.value.replace(/\D/g, "").slice(0, 6)));
grams.closest("form").addEventListener("submit", (event) => event.preventDefault());
document.querySelector("[data-sold]").addEventListener("click", sell);
undoBox.querySelector("[data-undo]").addEventListener("click", undo);

addEventListener("online", round);
addEventListener("offline", () => {
  state.line = "out";
  render();
});
document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && round());
setInterval(round, EVERY_MS);
navigator.serviceWorker?.register(root.dataset.worker);
navigator.storage?.persist?.();
await render();
await round();
