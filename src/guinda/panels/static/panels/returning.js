/* "I have ordered before": a telephone, a code, and then one's addresses and usual bowl. Nothing is shown before the code is right. */
import { addAll, cards, find, make, nameOf, picture, state, save, t, tell, weight } from "./shop.js";
import { Lost, post } from "./wire.js";
import { choose } from "./door.js";

const box = find("[data-dialog=returning]");
const phoneForm = find("[data-phone-form]", box);
const codeForm = find("[data-code-form]", box);
const known = find("[data-known]", box);
const wrong = find("[data-returning-wrong]", box);

/** Whether something was suggested that has no answer yet. */
let suggested = false;

/** Where a yes leads, when what was suggested is done on a page of its own: its address and QR code. */
let regular = null;

/** Taking the usual is yes to it (unless a yes has a page of its own), going on without is no; who walks away has not answered. An answer that is lost is asked for again. */
const answer = (taken) => {
  if (suggested) post("greeting", { proof: state.draft.proof, taken }).catch(() => {});
  suggested = false;
};

box.addEventListener("close", () => answer(false));

/** Begin anew: what one client saw the next must not. */
export const forget = () => {
  suggested = false;
  offer(null);
  phoneForm.reset();
  codeForm.reset();
  find("[data-known-usual]").replaceChildren();
  find("[data-known-addresses]").replaceChildren();
  step(phoneForm);
};

const step = (shown) => {
  [phoneForm, codeForm, known].forEach((each) => (each.hidden = each !== shown));
  wrong.hidden = true;
  shown.querySelector("input, button")?.focus();
};

const submitting = (form, work) =>
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const button = find("button", form);
    button.disabled = true;
    wrong.hidden = true;
    try {
      await work();
    } catch (problem) {
      wrong.textContent = problem instanceof Lost ? t("offline_advice") : problem.sentence;
      wrong.hidden = false;
    }
    button.disabled = false;
  });

submitting(phoneForm, async () => {
  const { sentence } = await post("codes", { phone: phoneForm.elements.phone.value });
  find("[data-code-sent]", box).textContent = sentence;
  step(codeForm);
});

submitting(codeForm, async () => {
  const body = { phone: phoneForm.elements.phone.value, code: codeForm.elements.code.value };
  const { proof, addresses, usual, greeting, regular: page } = await post("codes/confirm", body);
  state.draft.proof = proof;
  suggested = Boolean(greeting);
  offer(page);
  save();
  tell("fresh");
  find("[data-known-word]", box).textContent = greeting || t(addresses.length ? "known" : "unknown");
  find("[data-known-usual]", box).replaceChildren(...(usual ? usualButtons(usual.bowl, addresses[0]) : []));
  find("[data-known-addresses]", box).replaceChildren(...addresses.map(addressButton));
  find("[data-known-on]", box).hidden = addresses.length > 0;
  step(known);
});

/** The button of a yes that has a page: touched, it shows the way there on the client's own telephone. */
const offer = (page) => {
  regular = page;
  find("[data-known-regular]", box).hidden = !page;
  find("[data-regular-yes]", box).hidden = false;
  find("[data-regular-page]", box).hidden = true;
  find("[data-regular-qr]", box).removeAttribute("src");
  find("[data-regular-link]", box)?.removeAttribute("href");
};

find("[data-regular-yes]", box).addEventListener("click", () => {
  answer(true);
  find("[data-regular-qr]", box).src = regular.qr_url;
  find("[data-regular-link]", box)?.setAttribute("href", regular.url);
  find("[data-regular-yes]", box).hidden = true;
  find("[data-regular-page]", box).hidden = false;
  find("[data-regular-told]", box).textContent = t("regular");
});

/** Her usual to where it went last time, in one tap; and the usual by itself, for another door. */
const usualButtons = (bowl, last) => {
  const entries = Object.entries(bowl).filter(([slug]) => cards.has(slug));
  const text = entries.map(([slug, grams]) => `${t("grams", { grams })} ${nameOf(slug)}`).join(", ");
  const pictures = make("span", { class: "arts" }, ...entries.map(([slug]) => picture(slug)));
  const plain = make("button", { type: "button", class: "button quiet wide tall" }, ...(last ? [] : [pictures]), t("usual", { bowl: text }));
  plain.addEventListener("click", () => {
    answer(!regular);
    addAll(Object.fromEntries(entries));
    plain.disabled = true;
    if (!last) box.close();
  });
  if (!last) return [plain];
  const where = [last.street, last.flat].filter(Boolean).join(", ");
  const whole = make("button", { type: "button", class: "button wide tall", "data-usual-there": "" }, pictures, t("usual_there", { bowl: text, street: where }));
  whole.addEventListener("click", () => {
    answer(!regular);
    addAll(Object.fromEntries(entries));
    go(last);
  });
  return [whole, plain];
};

const go = (address) => {
  choose(address);
  box.close();
  tell("screen", weight() ? "door" : "choose");
};

const addressButton = (address) => {
  const where = [address.street, address.flat].filter(Boolean).join(", ");
  const button = make("button", { type: "button", class: "button wide tall" }, t("to_address", { street: where }));
  button.addEventListener("click", () => go(address));
  return button;
};
