/* When the hold runs out while somebody is looking, the page says so by itself; and a form is sent once however often one taps. */

const held = document.querySelector("[data-held]");
if (held) setTimeout(() => location.replace(location.href), Number(held.dataset.held) * 1000 + 1500);

document.addEventListener("submit", (event) => {
  if (event.target.dataset.sent) event.preventDefault();
  event.target.dataset.sent = "yes";
});
addEventListener("pageshow", () => document.querySelectorAll("form").forEach((form) => delete form.dataset.sent));
