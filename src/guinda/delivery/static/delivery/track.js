/* The tracking page lives: server-sent events, else a question every ten seconds. Numbers change in place; when the stage
   changes, the page's own parts are fetched again, so every sentence is written once, on the server. */

import { enliven } from "../places/map.js";

const POLL_MS = 10_000;
const OFFER_MS = 4 * 60_000; // an offer of "the same again" holds five minutes
const page = document.querySelector("[data-track]");
const line = document.querySelector("[data-line]");
let source = null;
let timer = 0;
let ended = false;
let city = null;

/** Draw the pins and look at them. */
const openMap = () => {
  const frame = document.querySelector(".track-map-frame");
  if (!frame) return (city = null);
  city = { frame, map: enliven(frame.querySelector("[data-map]")), courier: null };
  const home = put("home", place(frame.dataset.mapHome));
  const store = put("store", place(frame.dataset.mapStore));
  const courier = frame.dataset.mapCourier && put("courier", place(frame.dataset.mapCourier));
  city.courier = courier || null;
  look([home, store, courier].filter(Boolean));
};

const place = (text) => text.split(",").map(Number);

const put = (kind, [lat, lon]) => {
  const label = city.frame.dataset[`label${kind[0].toUpperCase()}${kind.slice(1)}`];
  city.map.pin(lat, lon, { kind, label });
  document.querySelector(`.track-legend .key-${kind}`).hidden = false;
  return [lat, lon];
};

/** Where the courier was is not where they are. */
const lose = () => {
  city.map.unpin("courier");
  city.courier = null;
  document.querySelector(".track-legend .key-courier").hidden = true;
};

/** Bring all places into sight, with room around them. */
const look = (places) => {
  const { south, west, north, east } = city.map.svg.dataset;
  const spread = (index) => Math.max(...places.map((each) => each[index])) - Math.min(...places.map((each) => each[index]));
  const middle = (index) => (Math.max(...places.map((each) => each[index])) + Math.min(...places.map((each) => each[index]))) / 2;
  const share = Math.max(spread(0) / (north - south), spread(1) / (east - west), 0.05);
  city.map.look(middle(0), middle(1), Math.min(6, 0.55 / share));
};

/** What the server says: numbers in place, anything else by fetching the parts. */
const apply = async (state) => {
  line.hidden = true;
  const now = { stage: state.stage, late: yes(state.late), courier: state.courier, trouble: state.trouble, known: yes(state.known) };
  if (Object.keys(now).some((name) => now[name] !== page.dataset[name])) await refresh();
  setText("[data-minutes]", state.minutes);
  setText("[data-by]", state.by);
  if (city?.courier && state.lat === null) lose();
  if (city && state.lat !== null) {
    const first = !city.courier;
    city.courier = put("courier", [state.lat, state.lon]);
    if (first) look([place(city.frame.dataset.mapHome), city.courier]);
  }
  ended = state.ended;
};

const yes = (is) => (is ? "yes" : "no");

const setText = (selector, value) => {
  const found = document.querySelector(selector);
  if (found && found.textContent !== String(value)) found.textContent = value;
};

/** Fetch the page and put its changed parts in. The map stays as the client has turned it, until there is none. */
const refresh = async () => {
  const answer = await fetch(location.pathname, { headers: { Accept: "text/html" } });
  if (!answer.ok) return;
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
  Object.assign(page.dataset, fresh.querySelector("[data-track]").dataset);
  document.title = fresh.title;
  for (const part of fresh.querySelectorAll("[data-swap]")) {
    const old = document.getElementById(part.id);
    const keep = part.id === "map" && !part.hidden === !old.hidden;
    if (!keep && !old.contains(document.activeElement)) old.replaceWith(document.adoptNode(part));
  }
  if (!document.querySelector(".track-map-frame")) city = null;
};

const listen = () => {
  if (ended || source || !window.EventSource) return;
  source = new EventSource(page.dataset.live);
  source.addEventListener("state", (event) => apply(JSON.parse(event.data)).catch(fail));
  source.addEventListener("end", () => ((ended = true), hush()));
  source.addEventListener("full", () => (hush(), poll()));
  source.addEventListener("error", () => {
    fail();
    if (source?.readyState === EventSource.CLOSED) {
      hush();
      poll();
    }
  });
};

const hush = () => {
  source?.close();
  source = null;
};

const fail = () => (line.hidden = navigator.onLine);

const poll = async () => {
  clearTimeout(timer);
  try {
    const answer = await fetch(page.dataset.state, { headers: { Accept: "application/json" } });
    if (answer.ok) await apply(await answer.json());
    else if (answer.status === 404) ended = true;
  } catch {
    line.hidden = false;
  }
  if (!ended) timer = setTimeout(poll, POLL_MS);
};

const start = () => {
  ended = !["paying", "planned", "making", "riding"].includes(page.dataset.stage);
  if (ended) return;
  if (window.EventSource) listen();
  else poll();
};

/** Telephones put pages to sleep: awake again, look at once. */
document.addEventListener("visibilitychange", () => {
  if (document.hidden || ended) return;
  if (source?.readyState === EventSource.OPEN) return;
  hush();
  start();
});
addEventListener("online", () => (hush(), start()));
addEventListener("offline", () => (line.hidden = false));

/** An offer that is about to lapse is made anew, unless somebody is writing. */
setInterval(() => {
  const writing = [...document.querySelectorAll("#after textarea, #after input:checked")].some((each) => each.value);
  if (ended && !document.hidden && !writing) refresh().catch(() => {});
}, OFFER_MS);

document.addEventListener("submit", (event) => {
  if (event.target.dataset.sent) event.preventDefault();
  event.target.dataset.sent = "yes";
});
addEventListener("pageshow", () => document.querySelectorAll("form").forEach((form) => delete form.dataset.sent));

openMap();
start();
