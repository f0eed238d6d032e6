/* What this telephone keeps of a seller's day: taps not booked yet, and the day as the server last told it. Each verb is one
 * transaction of IndexedDB, so a page that is killed, or a second page, never sees half of it. */

const done = (request) =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });

/** The seller's own database; another seller on the same telephone has another. */
export const open = async (seller) => {
  const asked = indexedDB.open(`guinda.stalls.${seller}`, 1);
  asked.onupgradeneeded = () => {
    asked.result.createObjectStore("items", { keyPath: "key" });
    asked.result.createObjectStore("facts");
  };
  return new Kept(await done(asked));
};

class Kept {
  constructor(database) {
    this.database = database;
  }

  /* Run `work(items, facts)` and wait until what it wrote is on the disk. */
  async #write(work) {
    const change = this.database.transaction(["items", "facts"], "readwrite", { durability: "strict" });
    const written = new Promise((resolve, reject) => {
      change.oncomplete = resolve;
      change.onabort = () => reject(change.error);
    });
    const result = await work(change.objectStore("items"), change.objectStore("facts"));
    await written;
    return result;
  }

  /** Items, oldest first, and the day, if one was ever told. */
  async read() {
    const look = this.database.transaction(["items", "facts"]);
    const [items, day] = await Promise.all([done(look.objectStore("items").getAll()), done(look.objectStore("facts").get("day"))]);
    return { items: items.sort((a, b) => a.at - b.at), day: day ?? null };
  }

  add(item) {
    return this.#write((items) => void items.add(item));
  }

  /** Take a tap back: only while it cannot have been sent. */
  undo(key) {
    return this.#write(async (items) => {
      const item = await done(items.get(key));
      const mine = Boolean(item && !item.tried);
      if (mine) items.delete(key);
      return mine;
    });
  }

  /** Those of the items that are still here, marked: from now on they may have been sent. */
  trying(keys) {
    return this.#write(async (items) => {
      const found = (await Promise.all(keys.map((key) => done(items.get(key))))).filter(Boolean);
      found.forEach((item) => items.put({ ...item, tried: true }));
      return found;
    });
  }

  /** What the server keeps goes from here, what it can't keep is set aside with its sentence, and the day is the new one. */
  settle({ kept, refused, day }) {
    return this.#write(async (items, facts) => {
      kept.forEach((key) => items.delete(key));
      for (const { key, sentence } of refused) {
        const item = await done(items.get(key));
        if (item) items.put({ ...item, aside: sentence });
      }
      if (day) facts.put(day, "day");
    });
  }

  /** A day that was asked for; while something may have been sent and was not answered, it would count that twice. */
  takeDay(day) {
    return this.#write(async (items, facts) => {
      const unclear = (await done(items.getAll())).some((item) => item.tried && !item.aside);
      if (!unclear) facts.put(day, "day");
    });
  }
}
