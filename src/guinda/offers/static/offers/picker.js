// The picker works without this: here a digit leads to the next place, and a hold counts down.

const places = [...document.querySelectorAll(".wish-places input")];
for (const [index, place] of places.entries()) {
  place.addEventListener("focus", () => place.select());
  place.addEventListener("input", () => {
    if (place.value) places[index + 1]?.focus();
  });
  place.addEventListener("keydown", (event) => {
    if (event.key === "Backspace" && !place.value) places[index - 1]?.focus();
    if (event.key === "ArrowLeft") places[index - 1]?.focus();
    if (event.key === "ArrowRight") places[index + 1]?.focus();
  });
}

const opened = performance.now();
const timers = [...document.querySelectorAll("[data-until]")].map((shown) => ({
  shown,
  leftS: (new Date(shown.dateTime) - new Date(shown.dataset.now)) / 1000,
  speed: Number(shown.dataset.speed),
}));

function count() {
  for (const { shown, leftS, speed } of timers) {
    const left = Math.max(0, Math.ceil(leftS - ((performance.now() - opened) / 1000) * speed));
    shown.textContent = `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}`;
    if (!left) window.location.reload();
  }
}

if (timers.length) {
  count();
  setInterval(count, 1000);
}
