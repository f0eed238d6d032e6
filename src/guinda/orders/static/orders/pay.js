/* When the hold runs out while somebody is looking, the page says so by itself; a form is sent once however often one taps;
   and a panel goes back by itself. */

const held = document.querySelector("[data-held]");
if (held) setTimeout(() => location.replace(location.href), Number(held.dataset.held) * 1000 + 1500);

// A public screen that nobody touches goes back to where it came from: what it shows is one client's.
const UNTOUCHED_MS = 180_000;
const { back } = document.querySelector(".pay").dataset;
let timer = 0;
const wait = () => {
  clearTimeout(timer);
  timer = setTimeout(() => location.replace(back), UNTOUCHED_MS);
};
if (back) {
  ["pointerdown", "keydown", "input", "scroll"].forEach((name) => addEventListener(name, wait, { passive: true, capture: true }));
  wait();
}

document.addEventListener("submit", (event) => {
  if (event.target.dataset.sent) event.preventDefault();
  event.target.dataset.sent = "yes";
});
addEventListener("pageshow", () => document.querySelectorAll("form").forEach((form) => delete form.dataset.sent));
