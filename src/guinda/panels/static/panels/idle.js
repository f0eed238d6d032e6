/* When nobody touches the panel it asks, and then starts afresh; never while an order is on its way. */
import { find, state, t, weight } from "./shop.js";

const IDLE_S = 90;
const WARN_S = 20;
const LANGUAGE = "django_language";
const box = find("[data-dialog=idle]");
const word = find("[data-idle-text]");
let touched = Date.now();
let warned = 0;

const touch = () => (touched = Date.now());
["pointerdown", "keydown", "input", "scroll", "wheel"].forEach((name) => addEventListener(name, touch, { passive: true, capture: true }));
box.addEventListener("close", touch);

const chosenLanguage = () => document.cookie.split("; ").some((each) => each.startsWith(`${LANGUAGE}=`));

/** The language goes back to what this screen speaks by itself. */
export const forgetLanguage = () => (document.cookie = `${LANGUAGE}=; Max-Age=0; path=/; SameSite=Lax`);

/** Call `reset` when nobody is there; `untouched()` says that the panel is fresh already. */
export const watch = (reset, untouched) => {
  setInterval(() => {
    const still_s = (Date.now() - touched) / 1000;
    if (state.pending) return touch();
    if (box.open) return count(reset);
    if (still_s < IDLE_S) return undefined;
    if (untouched() && !weight() && !chosenLanguage()) return touch();
    warned = Date.now();
    box.showModal();
    return count(reset);
  }, 1000);
};

const count = (reset) => {
  const left = WARN_S - Math.floor((Date.now() - warned) / 1000);
  word.textContent = t("idle", { seconds: Math.max(left, 0) });
  if (left > 0) return;
  box.close();
  reset();
};
