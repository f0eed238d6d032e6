/* "Help me choose": three answers, a reasoned suggestion, one tap into the bowl. */
import { addAll, all, find, make, picture, t } from "./shop.js";
import { Lost, post } from "./wire.js";

const box = find("[data-dialog=advice]");
const form = find("[data-advice]", box);
const answer = find("[data-advice-answer]", box);

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const { use, taste, people } = form.elements;
  try {
    const { lines } = await post("advice", { use: use.value, taste: taste.value, people: +people.value });
    answer.replaceChildren(...lines.map(shown), taker(lines));
  } catch (problem) {
    answer.replaceChildren(make("p", { class: "wrong" }, problem instanceof Lost ? t("offline_advice") : problem.sentence));
  }
  answer.lastElementChild.scrollIntoView({ block: "nearest" });
});
form.addEventListener("change", () => answer.replaceChildren());

const shown = ({ variety, name, weight_g, reasons }) =>
  make("div", { class: "suggestion" }, picture(variety), make("div", {}, make("h3", {}, `${name}, ${t("grams", { grams: weight_g })}`), make("p", {}, reasons.join(" "))));

const taker = (lines) => {
  const button = make("button", { type: "button", class: "button wide" }, t("fill_bowl"));
  button.addEventListener("click", () => {
    addAll(Object.fromEntries(lines.map(({ variety, weight_g }) => [variety, weight_g])));
    box.close();
  });
  return button;
};

/** Empty answers for the next client. */
export const forget = () => {
  form.reset();
  answer.replaceChildren();
  all("details[open]").forEach((each) => (each.open = false));
};
