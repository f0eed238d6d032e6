/* Send the order: once, however often the line drops. What was agreed to is kept until there is an answer, over a restart too. */
import { clear, find, heed, rekey, save, state, t, tell } from "./shop.js";
import { Lost, Refused, pause, post } from "./wire.js";
import { doze } from "./quoting.js";

const LATER_MS = 60_000; // a time up to a minute later than agreed is the same time
const box = find("[data-dialog=sending]");
const word = find("[data-sending]");
let busy = false;
let attempt = 0;
let timer = 0;

box.addEventListener("cancel", (event) => event.preventDefault());

/** The client agreed to this quote. */
export const confirm = ({ quote, door, details }) => {
  const { total_minor, door_at } = quote;
  const body = { key: state.key, quote: quote.quote, ...details };
  state.pending = { body, bowl: { ...state.bowl }, door, agreed: { total_minor, door_at } };
  save();
  send();
};

/** Send what is pending, or send it again. */
export const send = async () => {
  if (busy || !state.pending) return;
  busy = true;
  clearTimeout(timer);
  doze(true);
  word.textContent ||= t("sending");
  if (!box.open) box.showModal();
  let problem = null;
  try {
    finish(await post("orders", state.pending.body));
  } catch (error) {
    problem = error;
  }
  busy = false;
  if (problem instanceof Lost) later(problem);
  else if (problem instanceof Refused) await refused(problem);
  else if (problem) throw problem;
};

const finish = (answer) => {
  clear();
  state.ordered = answer;
  save();
  close();
  tell("bowl");
  tell("screen", "ordered");
};

const close = () => {
  attempt = 0;
  word.textContent = "";
  box.close();
};

const later = ({ trouble }) => {
  word.textContent = t(trouble ? "trouble" : "waiting");
  timer = setTimeout(send, pause(attempt++));
};

const refused = async (problem) => {
  if (problem.code === "quote_expired") return renew();
  const { door } = state.pending;
  giveBack();
  if (problem.code === "proof_lapsed") forgetProof();
  if (problem.code === "key_reused") {
    rekey(); // else each further confirmation of this bowl would be refused
    tell("notice", { text: t("placed_before") });
  } else if (["sold_out", "not_in_one_store"].includes(problem.code)) tell("short", problem);
  else if (problem.code !== "not_signed_in") tell("notice", { text: problem.sentence });
  tell("screen", door.lat === undefined || problem.code === "sold_out" ? "choose" : "door");
};

/** The telephone must be confirmed again: its field is back on the form. */
const forgetProof = () => {
  delete state.draft.proof;
  save();
  tell("fresh");
};

/** Nothing was ordered: the bowl is the client's again. */
const giveBack = () => {
  state.bowl = state.pending.bowl;
  state.pending = null;
  save();
  close();
  doze(false);
  tell("bowl");
};

/** The quote lapsed while the line was down: the same or better goes on by itself, worse must be agreed to. */
const renew = async () => {
  const { bowl, door, agreed } = state.pending;
  try {
    const fresh = await post("quote", { bowl, ...door });
    const worse = fresh.total_minor > agreed.total_minor || new Date(fresh.door_at) - new Date(agreed.door_at) > LATER_MS;
    if (!worse) {
      state.pending.body.quote = fresh.quote;
      save();
      return send();
    }
    giveBack();
    tell("screen", "door");
    tell("notice", { text: t("worse", { total: fresh.total_text, time: fresh.door_text }) });
  } catch (error) {
    if (error instanceof Lost) return later(error);
    if (error instanceof Refused) return refused(error);
    throw error;
  }
};

heed("maybe-back", send);
