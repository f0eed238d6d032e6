/* The packing list keeps itself fresh: asked again every few seconds while somebody looks, and never while they are typing or tapping. */

const EVERY_MS = 8000;
const list = document.querySelector("[data-live]");
const line = Object.assign(document.createElement("p"), { className: "note", hidden: true, textContent: list.dataset.line });
line.setAttribute("role", "status");
list.before(line);
let before = list.innerHTML;

const fresh = async () => {
  const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
  if (answer.redirected || !answer.ok) throw new Error(`status ${answer.status}`);
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  return page.querySelector("[data-live]").innerHTML;
};

/** Tokens differ in every answer; they are no news. */
const news = (html) => html.replace(/name="csrfmiddlewaretoken" value="[^"]*"/g, "");

const look = async () => {
  if (document.hidden || list.contains(document.activeElement)) return;
  try {
    const after = await fresh();
    line.hidden = true;
    if (news(after) !== news(before) && !list.contains(document.activeElement)) list.innerHTML = after;
    before = after;
  } catch {
    line.hidden = false;
  }
};

setInterval(look, EVERY_MS);
document.addEventListener("visibilitychange", look);
