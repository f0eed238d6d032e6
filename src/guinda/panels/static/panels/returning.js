/* "I have ordered before": a telephone, a code, and then one's addresses and usual bowl. Nothing is shown before the code is right. */
import { addAll, cards, find, make, nameOf, picture, state, save, t, tell, weight } from "./shop.js";
import { Lost, post } from "./wire.js";
import { choose } from "./door.js";

const box = find("[data-dialog=returning]");
const phoneForm = find("[data-phone-form]", box);
const codeForm = find("[data-code-form]", box);
const known = find("[data-known]", box);
const wrong = find("[data-returning-wrong]", box);

/** Begin anew: what one client saw the next must not. */
export const forget = () => {
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
  const { proof, addresses, usual } = await post("codes/confirm", body);
  state.draft.proof = proof;
  save();
  tell("fresh");
  find("[data-known-word]", box).textContent = t(addresses.length ? "known" : "unknown");
  find("[data-known-usual]", box).replaceChildren(...(usual ? [usualButton(usual.bowl)] : []));
  find("[data-known-addresses]", box).replaceChildren(...addresses.map(addressButton));
  find("[data-known-on]", box).hidden = addresses.length > 0;
  step(known);
});

const usualButton = (bowl) => {
  const entries = Object.entries(bowl).filter(([slug]) => cards.has(slug));
  const text = entries.map(([slug, grams]) => `${t("grams", { grams })} ${nameOf(slug)}`).join(", ");
  const pictures = make("span", { class: "arts" }, ...entries.map(([slug]) => picture(slug)));
  const button = make("button", { type: "button", class: "button quiet wide tall" }, pictures, t("usual", { bowl: text }));
  button.addEventListener("click", () => {
    addAll(Object.fromEntries(entries));
    button.disabled = true;
    if (!find("[data-known-addresses] button", box)) box.close();
  });
  return button;
};

const addressButton = (address) => {
  const where = [address.street, address.flat].filter(Boolean).join(", ");
  const button = make("button", { type: "button", class: "button wide tall" }, t("to_address", { street: where }));
  button.addEventListener("click", () => {
    choose(address);
    box.close();
    tell("screen", weight() ? "door" : "choose");
  });
  return button;
};
