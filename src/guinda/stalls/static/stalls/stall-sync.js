/* Sends what is kept, in batches, when there is a line. What was sent and not answered is sent again under the same keys. */

export const UNDO_MS = 8_000; // a tap stays on the telephone this long, so that it can be taken back
const BATCH = 500;
const PATIENCE_MS = 20_000; // no answer for so long is no line
const AWAY = [502, 503, 504]; // said by what stands before the server: no item's fault

class Trouble extends Error {}

const ask = async (url, options = {}) => {
  let response;
  try {
    response = await fetch(url, { cache: "no-store", signal: AbortSignal.timeout(PATIENCE_MS), ...options });
  } catch {
    throw new Trouble("out");
  }
  if (response.status === 401 || response.status === 403) throw new Trouble("signed-out");
  if (AWAY.includes(response.status)) throw new Trouble("out");
  return response;
};

const sale = ({ key, lot_id, weight_g, price_minor, at }) => ({ key, lot_id, weight_g, price_minor, sold_at: new Date(at).toISOString() });
const tally = ({ key, kind, at }) => ({ key, kind, said_at: new Date(at).toISOString() });

/** `sync()` resolves to how the line is: `good`, `out`, `signed-out`, or `broken` when the server fails at what it gets. */
export class Sync {
  constructor(kept, urls) {
    Object.assign(this, { kept, urls, csrf: "", broken: false });
  }

  /** One round: the day, then what may go. Rounds of two pages are safe: keys make them one. */
  async round() {
    this.broken = false;
    try {
      const answer = await ask(this.urls.day, { headers: { Accept: "application/json" } });
      if (!answer.ok) throw new Trouble("out");
      const day = await answer.json();
      this.csrf = day.csrf;
      await this.kept.takeDay(day);
      for (const batch of await this.#batches()) await this.#send(batch);
      return this.broken ? "broken" : "good";
    } catch (trouble) {
      if (!(trouble instanceof Trouble)) throw trouble;
      return trouble.message;
    }
  }

  /* Items that may go, by bag, each at most as many as the server takes. */
  async #batches() {
    const { items } = await this.kept.read();
    const now = Date.now();
    const ready = items.filter((item) => !item.aside && (item.tried || now - item.at >= UNDO_MS || item.at > now));
    const batches = [];
    for (const bag of new Set(ready.map((item) => item.bag_id))) {
      const mine = ready.filter((item) => item.bag_id === bag);
      for (let from = 0; from < mine.length; from += BATCH) batches.push(mine.slice(from, from + BATCH));
    }
    return batches;
  }

  /* A batch that is refused as a whole goes in halves, until the one item that is wrong is alone and is set aside. */
  async #send(batch) {
    const items = await this.kept.trying(batch.map((item) => item.key));
    if (!items.length) return;
    const body = JSON.stringify({
      bag_id: items[0].bag_id,
      sales: items.filter((item) => item.lot_id).map(sale),
      tallies: items.filter((item) => item.kind).map(tally),
    });
    const headers = { Accept: "application/json", "Content-Type": "application/json", "X-CSRFToken": this.csrf };
    const answer = await ask(this.urls.batches, { method: "POST", headers, body });
    if (answer.ok) {
      await this.kept.settle(await answer.json());
    } else if (items.length > 1) {
      const half = Math.ceil(items.length / 2);
      await this.#send(items.slice(0, half));
      await this.#send(items.slice(half));
    } else if (answer.status >= 500) {
      this.broken = true; // kept, and tried again in the next round
    } else {
      const { sentence } = await answer.json();
      await this.kept.settle({ kept: [], refused: [{ key: items[0].key, sentence }], day: null });
    }
  }
}
