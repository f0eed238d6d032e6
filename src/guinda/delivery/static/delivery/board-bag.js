/* The panel of one bag: the server writes it, also after each word said; here it is only fetched, followed and closed. */

const place = (text) => text.split(",").map(Number);

export class Bag {
  /** `chosen`: the bag's id, or nought; `place`: where it goes, for the map. */
  chosen = 0;
  place = null;
  #known = "";

  constructor(view) {
    this.view = view;
    this.part = view.root.querySelector("[data-bag]");
    this.part.addEventListener("submit", (event) => this.#say(event));
    this.part.addEventListener("click", ({ target }) => target.closest("[data-bag-close]") && this.close());
    document.addEventListener("keydown", ({ key }) => key === "Escape" && this.chosen && this.close());
  }

  /** Choose a bag: its panel opens, and what reads the page aloud goes there. */
  async open(id) {
    this.chosen = id;
    this.#known = "";
    await this.#fetch();
    this.part.querySelector("[data-bag-title]")?.focus({ preventScroll: true });
    this.part.scrollIntoView({ block: "nearest" });
  }

  close() {
    const bar = this.view.root.querySelector(`[data-task-bar="${this.chosen}"]`);
    this.chosen = 0;
    this.place = null;
    this.part.hidden = true;
    this.part.replaceChildren();
    this.view.root.dispatchEvent(new CustomEvent("bag:changed"));
    bar?.focus();
  }

  /** Something about the bag has changed: fetch its panel again, unless somebody is choosing a courier in it. */
  follow(state) {
    if (!this.chosen) return;
    const task = state.tasks.find((each) => each.id === this.chosen);
    const { state: at, courier, pinned, forbidden, expected_s: expected } = task ?? {};
    const known = JSON.stringify([at, courier, pinned, forbidden, expected]);
    const choosing = this.part.contains(document.activeElement) && document.activeElement.matches("select");
    if (known === this.#known || choosing) return;
    const first = !this.#known;
    this.#known = known;
    if (!first) this.#fetch().catch(() => {});
  }

  async #fetch() {
    const answer = await fetch(`${this.view.root.dataset.base}tasks/${this.chosen}/`, { headers: { Accept: "text/html" } });
    if (answer.ok) this.#show(await answer.text());
    else if (answer.status === 404) this.close();
  }

  #show(html) {
    const inside = this.part.contains(document.activeElement);
    const { name } = document.activeElement;
    const fresh = new DOMParser().parseFromString(html, "text/html");
    this.part.replaceChildren(...fresh.body.childNodes);
    this.part.hidden = false;
    const facts = this.part.querySelector("[data-bag-place]").dataset;
    this.place = {
      courier: +facts.courier,
      door: place(facts.door),
      store: place(facts.store),
      carried: facts.carried === "yes",
      doorLabel: facts.doorLabel,
      storeLabel: facts.storeLabel,
    };
    const same = name && this.part.querySelector(`[name="${CSS.escape(name)}"]`);
    if (inside) (same || this.part.querySelector("[data-bag-title]")).focus({ preventScroll: true });
    this.view.root.dispatchEvent(new CustomEvent("bag:changed"));
  }

  async #say(event) {
    const form = event.target.closest("[data-bag-form]");
    if (!form) return;
    event.preventDefault();
    const body = new FormData(form, event.submitter);
    const headers = { "X-CSRFToken": this.view.root.dataset.csrf, Accept: "text/html" };
    const answer = await fetch(form.action, { method: "POST", body, headers });
    if (!answer.headers.get("Content-Type")?.includes("text/html")) return;
    this.#show(await answer.text());
    (this.part.querySelector("[data-bag-said]") ?? this.part.querySelector("[data-bag-title]")).focus();
  }
}
