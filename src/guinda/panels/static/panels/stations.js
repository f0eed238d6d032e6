/* The map of panels: a touch opens the panel of the nearest station. The list below it holds the links. */
import { enliven } from "../places/map.js";

const map = document.querySelector("[data-map]");
const links = [...document.querySelectorAll("a[data-slug]")];
if (map) {
  enliven(map);
  map.addEventListener("map:tap", ({ detail: { lat, lon } }) => {
    const far = (link) => Math.hypot(link.dataset.lat - lat, (link.dataset.lon - lon) * Math.cos((lat * Math.PI) / 180));
    links.sort((a, b) => far(a) - far(b))[0]?.click();
  });
}
