/* Talk to the shop: JSON there and back. Lost: no answer came. Refused: the shop said no, with a sentence. */
import { bus, find, root, tell } from "./shop.js";

const WAIT_MS = 12_000;

export class Lost extends Error {
  constructor(trouble) {
    super(trouble ? "the shop is in trouble" : "the line is down");
    this.trouble = trouble; // it answered, but not in its right mind
  }
}

export class Refused extends Error {
  constructor(status, body) {
    super(body.code);
    Object.assign(this, { status, body, code: body.code, sentence: body.sentence });
  }
}

const ask = async (path, options) => {
  const headers = { Accept: "application/json", "Content-Type": "application/json", "X-CSRFToken": find("[name=csrfmiddlewaretoken]").value };
  let response;
  try {
    response = await fetch(root.dataset.api + path, { headers, cache: "no-store", signal: AbortSignal.timeout(WAIT_MS), ...options });
  } catch {
    line(false);
    throw new Lost(false);
  }
  const answer = await response.json().catch(() => null);
  if (answer && response.ok) return line(true), answer;
  if (!answer?.code) throw new Lost(true);
  line(true);
  if (response.status === 401) tell("revoked");
  throw new Refused(response.status, answer);
};

export const get = (path) => ask(path, { method: "GET" });
export const post = (path, body) => ask(path, { method: "POST", body: JSON.stringify(body) });

let up = true;
const line = (now) => {
  if (now === up) return;
  up = now;
  tell("line", up);
};

/** A growing wait between attempts: 1, 2, 4 ... at most 30 seconds, a little different each time so that panels don't knock in step. */
export const pause = (attempt) => Math.min(30_000, 1000 * 2 ** attempt) * (0.8 + 0.4 * Math.random());

addEventListener("offline", () => line(false));
addEventListener("online", () => bus.dispatchEvent(new CustomEvent("maybe-back")));
