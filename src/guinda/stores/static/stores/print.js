/* One button: the printer. */

document.querySelector("[data-print]").addEventListener("click", () => print());
