/* The panel: which screen is up, the bar with price and time, and the one main button. */
import { all, cards, clear, find, heed, make, nameOf, root, setGrams, state, t, tell, weight, picture } from "./shop.js";
import { get, Lost } from "./wire.js";
import { ask, doze, holds, quote } from "./quoting.js";
import { refill } from "./bowl.js";
import * as door from "./door.js";
import * as notices from "./notices.js";
import * as ordered from "./ordered.js";
import * as returning from "./returning.js";
import * as advising from "./advising.js";
import { confirm, send } from "./sending.js";
import { forgetLanguage, watch } from "./idle.js";

const TAP_G = 100;
const SHELF_MS = 60_000;
const main = find("[data-main]");
const back = find("[data-back]");
const total = find("[data-total]");
const when = find("[data-when]");
const late = find("[data-late]");
const station = root.dataset.title;
let screen = "choose";

// -- the bowl and its cards ---------------------------------------------------------------------------------------------------

const showCard = (card, slug) => {
  const grams = state.bowl[slug] ?? 0;
  const free = +card.dataset.freeG;
  card.classList.toggle("chosen", grams > 0);
  card.classList.toggle("gone", free < +root.dataset.least);
  const input = find("[data-grams]", card);
  if (document.activeElement !== input) input.value = grams || "";
  find("[data-less]", card).disabled = !grams;
  all("[data-add]", card).forEach((each) => (each.disabled = free < +root.dataset.least));
};

const showBowl = () => {
  cards.forEach(showCard);
  const lines = Object.entries(state.bowl).map(([slug, grams]) => line(slug, grams));
  find("[data-lines]").replaceChildren(...lines);
  find("[data-when-empty]").hidden = lines.length > 0;
  find("[data-weight]").textContent = weight() ? t("grams", { grams: weight() }) : "";
};

const line = (slug, grams) => {
  const priced = quote.answer?.lines.find((each) => each.variety === slug && each.weight_g === grams);
  const out = make("button", { type: "button", "aria-label": t("remove", { name: nameOf(slug) }), class: "out" }, "×");
  out.addEventListener("click", () => setGrams(slug, 0));
  const name = make("span", { class: "line-name" }, nameOf(slug));
  const amount = make("span", { class: "line-g" }, t("grams", { grams }));
  return make("li", {}, picture(slug), name, amount, make("b", {}, priced?.price_text ?? "…"), out);
};

cards.forEach((card, slug) => {
  const add = (grams) => setGrams(slug, (state.bowl[slug] ?? 0) + grams);
  card.addEventListener("click", (event) => {
    if (event.target.closest("[data-less]")) return add(-TAP_G);
    if (event.target.closest("[data-add]")) return add(TAP_G);
    if (!event.target.closest("button, input, label, details") && +card.dataset.freeG) add(TAP_G);
  });
  const input = find("[data-grams]", card);
  input.addEventListener("change", () => setGrams(slug, Number.parseInt(input.value, 10) || 0));
  input.addEventListener("blur", () => showCard(card, slug));
  input.addEventListener("keydown", (event) => event.key === "Enter" && input.blur());
});

// -- the bar ------------------------------------------------------------------------------------------------------------------

const showBar = () => {
  const { answer, stale } = quote;
  const filled = weight() > 0;
  total.textContent = !filled ? t("empty") : (answer?.total_text ?? "…");
  total.classList.toggle("stale", filled && stale);
  when.classList.toggle("late", filled && !stale && (answer ? !answer.aim_kept : Boolean(quote.refusal)));
  when.textContent = timeText(filled, answer, stale);
  late.hidden = !answer || answer.aim_kept || !filled || stale;
  if (!late.hidden) late.textContent = t("late", { minutes: answer.minutes, time: answer.door_text });
  showMain(filled);
};

const timeText = (filled, answer, stale) => {
  if (!filled) return t("touch");
  if (stale) return t("checking");
  if (!answer) return quote.refusal?.sentence ?? "";
  const values = { time: answer.door_text, minutes: answer.minutes, station };
  return t(state.draft.lat === undefined ? "by_near" : "by", values);
};

const showMain = (filled) => {
  const missing = door.missing();
  const text = {
    choose: () => t("to_door"),
    ordered: () => t("done"),
    door: () => {
      if (missing) return t(missing === "map" ? "touch_map" : "fill_street");
      return holds() ? t("order", { total: quote.answer.total_text, time: quote.answer.door_text }) : t("checking");
    },
  }[screen]();
  const ready = { choose: filled, ordered: true, door: filled && (Boolean(missing) || holds()) }[screen];
  if (main.textContent !== text) main.textContent = text;
  main.setAttribute("aria-disabled", String(!ready));
  main.classList.toggle("asks", screen === "door" && Boolean(missing));
  back.hidden = screen !== "door";
};

let said = "";
const say = (text) => {
  if (text === said) return;
  said = text;
  find("[data-say]").textContent = text;
};

const onQuote = () => {
  const { answer, stale, refusal } = quote;
  if (answer && !stale) {
    notices.hide("quote");
    say(t("said", { total: answer.total_text, time: answer.door_text }));
  }
  if (refusal && !stale && weight()) complain(refusal);
  showBowl();
  showBar();
};

/** The page's own token is not taken any more: a new page brings one. Once a minute at most, so that it never goes round and round. */
const renewed = () => {
  const last = +(sessionStorage.getItem("guinda.renewed") ?? 0);
  if (Date.now() - last < 60_000) return false;
  sessionStorage.setItem("guinda.renewed", Date.now());
  location.reload();
  return true;
};

let complained = null;
const complain = (refusal) => {
  if (refusal === complained) return;
  complained = refusal;
  if (["sold_out", "not_in_one_store"].includes(refusal.code)) return tell("short", refusal);
  if (refusal.code === "bad_request" && refusal.status === 403 && renewed()) return undefined;
  if (refusal.code === "not_signed_in") return;
  tell("notice", { text: refusal.sentence, actions: [[t("try_again"), () => ask(0)]], subject: "quote" });
};

// -- screens ------------------------------------------------------------------------------------------------------------------

const go = (name) => {
  screen = name;
  all("[data-screen]").forEach((each) => (each.hidden = each.dataset.screen !== name));
  root.dataset.now = name;
  if (name === "door") door.arrive();
  if (name === "ordered") ordered.arrive();
  showBar();
  scrollTo({ top: 0 });
  find(`[data-screen=${name}] h1`).focus({ preventScroll: true });
};

const advance = () => {
  if (main.getAttribute("aria-disabled") === "true") return;
  if (screen === "choose") return go("door");
  if (screen === "ordered") return reset();
  const missing = door.missing();
  if (missing) return door.point_at(missing);
  const { lat, lon } = state.draft;
  notices.hide();
  confirm({ quote: quote.answer, door: { lat, lon }, details: door.details() });
};

/** A fresh panel for the next client: a new page when the shop can be reached, else this one emptied. */
const reset = async () => {
  clear();
  forgetLanguage();
  const reachable = await get("shelf").then(() => true, (problem) => !(problem instanceof Lost));
  if (reachable) return location.reload();
  all("dialog[open]").forEach((each) => each.close());
  returning.forget();
  advising.forget();
  notices.hide();
  doze(false);
  refill();
  tell("fresh");
  tell("bowl");
  go("choose");
};

// -- the shelf changes while people choose ----------------------------------------------------------------------------------------

const restock = async () => {
  if (document.hidden || screen !== "choose") return;
  const { varieties } = await get("shelf").catch(() => ({ varieties: [] }));
  varieties.forEach(({ variety, free_g, price_text }) => {
    const card = cards.get(variety);
    if (!card) return;
    card.dataset.freeG = free_g;
    find("[data-price]", card).textContent = price_text;
    showCard(card, variety);
  });
};
setInterval(restock, SHELF_MS);

// -- wiring ---------------------------------------------------------------------------------------------------------------------

main.addEventListener("click", advance);
back.addEventListener("click", () => go("choose"));
find("[data-mini]").addEventListener("click", () => (go("choose"), find("[data-bowl]").scrollIntoView({ block: "center" })));
all("[data-open]").forEach((each) =>
  each.addEventListener("click", () => {
    if (each.dataset.open === "returning") returning.forget();
    find(`[data-dialog=${each.dataset.open}]`).showModal();
  }),
);
heed("bowl", () => (showBowl(), showBar()));
heed("quote", onQuote);
heed("door", showBar);
heed("details", showBar);
heed("screen", go);
heed("say", say);
heed("go", advance);
heed("gone", reset);
heed("shelf", showBowl);

watch(reset, () => screen === "choose" && !find("dialog[open]") && !Object.keys(state.draft).length);
tell("bowl");
if (state.pending) send();
else if (state.ordered) go("ordered");
root.dataset.ready = "";
