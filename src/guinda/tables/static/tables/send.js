/* Sends a file in parts, so that it may be larger than one request, with a bar that tells how far it is. Without it the form sends the file whole. */
const TRIES = 5;
const pause = (ms) => new Promise((done) => setTimeout(done, ms));

class Refused extends Error {}

async function post(url, body) {
  const answer = await fetch(url, { method: "POST", body, headers: { Accept: "application/json" } });
  const said = (answer.headers.get("Content-Type") ?? "").includes("json") ? await answer.json() : {};
  if (answer.status >= 500) throw new Error(`status ${answer.status}`);
  if (!answer.ok) throw new Refused(said.sentence ?? "");
  return said;
}

async function patiently(work) {
  for (let count = 1; ; count += 1) {
    try {
      return await work();
    } catch (error) {
      if (error instanceof Refused || count === TRIES) throw error;
      await pause(500 * 2 ** count);
    }
  }
}

function form(token, facts) {
  const body = new FormData();
  body.set("csrfmiddlewaretoken", token);
  for (const [name, value] of Object.entries(facts)) body.set(name, value);
  return body;
}

class Sending {
  constructor(element) {
    this.element = element;
    this.wrong = element.querySelector("[data-wrong]");
    this.progress = element.querySelector("[data-progress]");
    this.token = element.querySelector("[name=csrfmiddlewaretoken]").value;
    element.addEventListener("submit", (event) => this.submit(event));
  }

  submit(event) {
    const [file] = this.element.elements.file.files;
    if (!file?.size) return; // the server says what is missing
    event.preventDefault();
    this.show(0);
    this.send(file).catch((error) => this.fail(error));
  }

  async send(file) {
    const { table, encoding } = this.element.elements;
    const facts = { table: table.value, encoding: encoding.value, file_name: file.name, size_bytes: file.size };
    const { page, parts, part_bytes: size } = await post("", form(this.token, facts));
    for (let number = 0; number * size < file.size; number += 1) {
      const part = file.slice(number * size, (number + 1) * size);
      await patiently(() => post(`${parts}${number}/`, form(this.token, { part })));
      this.show(Math.min(1, ((number + 1) * size) / file.size));
    }
    window.location.assign(page);
  }

  show(share) {
    this.wrong.hidden = true;
    this.progress.hidden = false;
    this.element.querySelector("button").disabled = true;
    this.progress.querySelector("[data-said]").textContent = `${this.element.dataset.sending} ${Math.round(share * 100)} %`;
    this.progress.querySelector("progress").value = share * 100;
  }

  fail(error) {
    this.progress.hidden = true;
    this.element.querySelector("button").disabled = false;
    this.wrong.textContent = (error instanceof Refused && error.message) || this.element.dataset.lost;
    this.wrong.hidden = false;
  }
}

const found = document.querySelector("[data-send]");
if (found) new Sending(found);
