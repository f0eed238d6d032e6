/* What went wrong and what can be done now; the bowl is still there. Brief ones go by themselves. */
import { cards, find, heed, make, nameOf, setGrams, state, t, tell } from "./shop.js";

const BRIEF_MS = 6_000;
const box = find("[data-notice]");
const lost = find("[data-lost]");
let timer = 0;
let about = null; // what the notice is about: it goes when that is over

export const hide = (only) => {
  if (only && about !== only) return;
  box.hidden = true;
  about = null;
};

const show = ({ text, actions = [], brief = false, subject = null, close = true }) => {
  clearTimeout(timer);
  about = subject;
  find("[data-notice-text]").textContent = text;
  find("[data-notice-close]").hidden = !close;
  find("[data-notice-actions]").replaceChildren(
    ...actions.map(([label, work]) => {
      const button = make("button", { type: "button", class: "button quiet" }, label);
      button.addEventListener("click", work);
      return button;
    }),
  );
  box.hidden = false;
  if (brief) timer = setTimeout(hide, BRIEF_MS);
};

/** Less is left than the bowl wants: offer what there is. */
const short = ({ body, sentence }) => {
  const left = body.left_g ?? {};
  Object.entries(left).forEach(([slug, grams]) => cards.get(slug) && (cards.get(slug).dataset.freeG = grams));
  const names = Object.keys(left).map(nameOf).join(", ");
  const take = () => {
    hide();
    Object.entries(left).forEach(([slug, grams]) => state.bowl[slug] > grams && setGrams(slug, grams));
  };
  const actions = body.code === "sold_out" ? [[t("take_left"), take]] : [];
  show({ text: body.code === "sold_out" ? `${names}: ${sentence}` : sentence, actions, subject: "quote" });
  tell("shelf");
};

heed("notice", show);
heed("short", short);
heed("line", (up) => (lost.hidden = up));
heed("revoked", () => show({ text: t("revoked"), actions: [[t("reload"), () => location.reload()]], close: false, subject: "revoked" }));
find("[data-notice-close]").addEventListener("click", () => hide());
