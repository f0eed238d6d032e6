/* What was tapped and not yet answered: kept on the telephone, sent in order, each with a key of its own so that it counts once. */

import { newKey } from "../base/keys.js";

const BATCH = 50;
const PATIENCE = 5; // failures of one tap alone, after which it is set aside
const AWAY = [502, 503, 504]; // said by what stands before the server: no tap's fault

/** Taps of one courier in localStorage, oldest first; read anew each time, so two open pages share them. */
export class Queue {
  constructor(courier) {
    this.name = `guinda.taps.${courier}`;
  }

  /** What waits to be sent. */
  get taps() {
    return this.#all.filter((tap) => !isAside(tap));
  }

  /** What the server would not take: kept and shown, and nothing waits behind it. */
  get aside() {
    return this.#all.filter(isAside);
  }

  get #all() {
    try {
      return JSON.parse(localStorage.getItem(this.name) ?? "[]");
    } catch {
      return [];
    }
  }

  add(tap) {
    const whole = { key: newKey(), tapped_at: new Date().toISOString(), ...tap };
    this.#keep([...this.#all, whole]);
    return whole;
  }

  drop(keys) {
    this.#keep(this.#all.filter((tap) => !keys.includes(tap.key)));
  }

  /** Each tap that was set aside gets one try more. */
  tryAgain() {
    this.#keep(this.#all.map((tap) => (isAside(tap) ? { ...tap, failed: PATIENCE - 1 } : tap)));
  }

  /* One more failure; the last takes the later taps of the same bag along, which make no sense without it. */
  #failed({ key, task_id: id }) {
    const all = this.#all;
    const at = all.findIndex((tap) => tap.key === key);
    if (at < 0) return;
    all[at].failed = (all[at].failed ?? 0) + 1;
    if (isAside(all[at]) && id) all.slice(at).forEach((tap) => tap.task_id === id && (tap.failed = PATIENCE));
    this.#keep(all);
  }

  #keep(taps) {
    localStorage.setItem(this.name, JSON.stringify(taps));
  }

  /** Send what waits, oldest first. Resolves to the answers, each with its tap; throws a Trouble (with the answers so far) and keeps the rest.
   * One tap of a batch may be malformed, or more than the server can bear: then they go one by one. One that the server fails at alone,
   * time after time, is set aside for the others. */
  async send(post) {
    const told = [];
    let size = BATCH;
    for (let waiting = this.taps; waiting.length; waiting = this.taps) {
      const batch = waiting.slice(0, size);
      const response = await post({ taps: batch.map(asSent) }).catch((trouble) => trouble);
      const broke = response.status >= 500 && !AWAY.includes(response.status);
      if ((broke || response.status === 422) && batch.length > 1) {
        size = 1;
        continue;
      }
      if (broke) this.#failed(batch[0]);
      if (response instanceof Error) {
        if (broke && !this.taps.some((tap) => tap.key === batch[0].key)) continue; // set aside: the others go on
        throw Object.assign(response, { told });
      }
      const answers = response.status === 422 ? [{ ...(await response.json()), key: batch[0].key, ok: false }] : (await response.json()).taps;
      this.drop(batch.map((tap) => tap.key));
      told.push(...answers.map((answer, number) => ({ ...answer, tap: batch[number] })));
    }
    return told;
  }
}

const isAside = (tap) => tap.failed >= PATIENCE;
const asSent = ({ failed: _, ...tap }) => tap;

/** The day as it will be once the waiting taps have arrived. */
export const foresee = (day, taps) => {
  const seen = structuredClone(day);
  for (const tap of taps) {
    const task = seen.tasks.find((each) => each.id === tap.task_id);
    if (tap.kind === "start_shift") seen.shift ??= { started_text: "", ends_text: "", lat: tap.lat ?? null, lon: tap.lon ?? null };
    if (tap.kind === "end_shift") Object.assign(seen, { shift: null, tasks: [] });
    if (tap.kind === "picked_up" && task) task.state = "carried";
    if (tap.kind === "delivered" || tap.kind === "cant_reach") seen.tasks = seen.tasks.filter((each) => each !== task);
  }
  seen.tasks.sort((a, b) => nextAt(a).localeCompare(nextAt(b)));
  return seen;
};

/* As the server sorts: a pick-up counts by when it leaves the store, a door by its time. */
const nextAt = (task) => (task.state === "assigned" ? task.leaves_at : task.expected_at) ?? task.promised_at;
