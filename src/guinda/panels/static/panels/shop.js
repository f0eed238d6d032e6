/* What every part of the panel needs: its texts, and the state that survives a restart.

   The state: `bowl` {variety: grams}; `key`, made once per bowl; `draft`, the address being written; `pending`, the order that was sent and
   not answered yet; `ordered`, the answer. Parts tell each other of changes by events on `bus`: bowl, quote, door, screen, notice.
*/

import { newKey } from "../base/keys.js";

export const find = (selector, from = document) => from.querySelector(selector);
export const all = (selector, from = document) => [...from.querySelectorAll(selector)];

export const root = find("[data-panel]");
export const bus = new EventTarget();
export const tell = (name, detail) => bus.dispatchEvent(new CustomEvent(name, { detail }));
export const heed = (name, listener) => bus.addEventListener(name, ({ detail }) => listener(detail));

const texts = new Map(all("[data-key]", find("template[data-texts]").content).map((each) => [each.dataset.key, each.textContent]));

/** A sentence of the page's language with its values put in. */
export const t = (key, values = {}) => texts.get(key).replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "");

const PLACE = `guinda.panel.${root.dataset.station}`;

const fresh = () => ({ bowl: {}, key: newKey(), draft: {}, pending: null, ordered: null });

const kept = () => {
  try {
    return JSON.parse(localStorage.getItem(PLACE)) ?? {};
  } catch {
    return {}; // unreadable, or a browser that keeps nothing: the panel still works until it is closed
  }
};

export const state = { ...fresh(), ...kept() };

export const save = () => {
  try {
    localStorage.setItem(PLACE, JSON.stringify(state));
  } catch {
    // as above
  }
};

/** From now on the bowl is another order. */
export const rekey = () => {
  state.key = newKey();
  save();
};

/** Forget everything: the next client finds a fresh panel. */
export const clear = () => {
  Object.assign(state, fresh());
  save();
};

/** The cards, by variety. */
export const cards = new Map(all("[data-variety]").map((card) => [card.dataset.variety, card]));
for (const each of root.dataset.free.split(" ").filter(Boolean)) {
  const [slug, grams] = each.split(":");
  cards.get(slug).dataset.freeG = grams;
}
for (const slug of Object.keys(state.bowl)) if (!cards.has(slug)) delete state.bowl[slug];

export const nameOf = (slug) => cards.get(slug)?.dataset.name ?? slug;
export const weight = () => Object.values(state.bowl).reduce((sum, grams) => sum + grams, 0);
const step = +root.dataset.step;
const least = +root.dataset.least;
const most = +root.dataset.most;

/** Put so many grams of a variety into the bowl, as many as there are and a courier carries; says when that is less than was asked. */
export const setGrams = (slug, wanted) => {
  const free = Math.floor(+(cards.get(slug)?.dataset.freeG ?? 0) / step) * step;
  const room = most - (weight() - (state.bowl[slug] ?? 0));
  let grams = Math.round(Math.max(wanted, 0) / step) * step;
  if (grams > 0 && grams < least) grams = wanted < (state.bowl[slug] ?? 0) ? 0 : least;
  const allowed = Math.min(grams, free, room);
  if (allowed < grams) tell("notice", { text: t(free <= room ? "limit" : "most"), brief: true });
  grams = allowed < least ? 0 : allowed;
  if (grams) state.bowl[slug] = grams;
  else delete state.bowl[slug];
  save();
  tell("bowl");
};

/** Put these weights in, a suggestion or the usual bowl; what else is in the bowl stays. */
export const addAll = (bowl) => Object.entries(bowl).forEach(([slug, grams]) => cards.has(slug) && setGrams(slug, grams));

/** An element with attributes and children. */
export const make = (name, attributes = {}, ...children) => {
  const element = document.createElement(name);
  Object.entries(attributes).forEach(([key, value]) => element.setAttribute(key, value));
  element.append(...children);
  return element;
};

/** A picture of a variety. */
export const picture = (slug) => {
  const { art, colour } = cards.get(slug).dataset;
  const holder = document.createElement("template");
  holder.innerHTML = `<svg viewBox="0 0 124 124" aria-hidden="true" color="${colour}"><use href="#${art}"/></svg>`;
  return holder.content.firstChild;
};
