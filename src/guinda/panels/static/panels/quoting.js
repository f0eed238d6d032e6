/* Price and time, always true: asked anew at each change and before they lapse; while asking, the page says so. */
import { heed, state, tell, weight } from "./shop.js";
import { Lost, pause, post } from "./wire.js";

const SETTLE_MS = 250;
const OFTEN_MS = 45_000; // minutes pass: a time is asked for again at least this often
const SHORTEST_MS = 1_500;
const BUSY_MS = 20_000; // after "no courier"

/** `answer`: the quote that holds or null; `stale`: it is being asked again; `refusal`: why there is none; `door`: which door it is for. */
export const quote = { answer: null, stale: false, refusal: null, door: "" };

let turn = 0;
let timer = 0;
let failures = 0;
let dozing = false;

const doorNow = () => (state.draft.lat === undefined ? {} : { lat: state.draft.lat, lon: state.draft.lon });

/** Ask for a quote soon; what is shown until then is marked as being checked. */
export const ask = (delay = SETTLE_MS) => {
  clearTimeout(timer);
  turn += 1;
  if (!weight() || dozing) {
    Object.assign(quote, { answer: weight() ? quote.answer : null, stale: false, refusal: null });
    return tell("quote");
  }
  quote.stale = true;
  tell("quote");
  timer = setTimeout(run, delay);
};

/** While an order is being sent, and after, nobody needs quotes. */
export const doze = (on) => {
  dozing = on;
  ask(0);
};

const run = async () => {
  const mine = ++turn;
  const door = doorNow();
  try {
    const answer = await post("quote", { bowl: state.bowl, ...door });
    if (mine !== turn) return;
    failures = 0;
    Object.assign(quote, { answer, stale: false, refusal: null, door: JSON.stringify(door) });
    again(Math.min(OFTEN_MS, Math.max(SHORTEST_MS, answer.expires_in_s * 700)));
  } catch (problem) {
    if (mine !== turn) return;
    if (problem instanceof Lost) again(pause(failures++));
    else {
      Object.assign(quote, { answer: null, stale: false, refusal: problem });
      if (problem.code === "no_courier") again(BUSY_MS);
    }
  }
  tell("quote");
};

const again = (delay) => {
  clearTimeout(timer);
  timer = setTimeout(run, delay);
};

/** Whether what is shown is true for the bowl and door as they are now. */
export const holds = () => Boolean(quote.answer) && !quote.stale && quote.door === JSON.stringify(doorNow());

heed("bowl", () => ask());
heed("door", () => ask(0));
heed("maybe-back", () => ask(0));
