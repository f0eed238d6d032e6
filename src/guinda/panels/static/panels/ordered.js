/* What was ordered: the code to say, the way to its page, and how it stands with the money, asked of the shop as long as that may change. */
import { all, find, make, root, save, state, t, tell } from "./shop.js";
import { Refused, get } from "./wire.js";

const OFTEN_MS = 5_000;
const OVER = new Set(["lapsed", "cancelled", "returned"]);
const UNPAID = new Set(["waiting", "refused"]);
const screen = find("[data-screen=ordered]");
let timer = 0;

/** The screen came up: show what is known, then what the shop says. */
export const arrive = () => {
  show();
  ask();
};

const show = () => {
  const { spoken_code, qr_url, track_url, pay_url, total_text, door_text, standing } = state.ordered;
  const over = OVER.has(standing);
  find("[data-ordered-title]").textContent = t(over ? `ordered_${standing}` : "ordered");
  find("[data-ordered-when]").textContent = t(over ? "ordered_over" : "ordered_by", { total: total_text, time: door_text });
  find("[data-ordered-code]").replaceChildren(...[...spoken_code].map((digit) => make("span", {}, digit)));
  find("[data-ordered-qr]").src = qr_url;
  find("[data-ordered-track]")?.setAttribute("href", track_url);
  all("[data-ordered-live]", screen).forEach((each) => (each.hidden = over));
  find("[data-ordered-paid]").hidden = standing !== "paid";
  find("[data-ordered-refused]").hidden = standing !== "refused";
  find("[data-ordered-pay]").hidden = !pay_url;
  find("[data-ordered-cash]").hidden = Boolean(pay_url) || standing === "paid";
  find("[data-ordered-card]").hidden = !find("[data-ordered-cash]").hidden;
  if (pay_url) find("[data-ordered-pay-link]").href = `${pay_url}?back=${encodeURIComponent(location.pathname)}`;
};

/** Paid at a bank's page or on the client's telephone: the shop knows. What the line keeps back is asked for again. */
const ask = async () => {
  clearTimeout(timer);
  const { code } = state.ordered;
  const answer = await get(`orders/${code}`).catch((problem) => problem);
  if (state.ordered?.code !== code) return;
  if (answer instanceof Refused) {
    if (answer.code === "no_such_order") tell("gone");
    return;
  }
  if (!(answer instanceof Error)) {
    Object.assign(state.ordered, answer);
    save();
    show();
  }
  if (answer instanceof Error || UNPAID.has(state.ordered.standing)) timer = setTimeout(ask, OFTEN_MS);
};

addEventListener("pageshow", ({ persisted }) => persisted && state.ordered && root.dataset.now === "ordered" && ask());
