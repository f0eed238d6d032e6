/* The office's form of a store: a tap on the map fills in latitude and longitude, and typing them moves the pin. */

import { enliven } from "./map.js";

const DIGITS = 5; // a metre

const start = (section) => {
  const [lat, lon, city] = ["lat", "lon", "city"].map((name) => document.getElementById(`id_${name}`));
  const element = section.querySelector("[data-map]");
  element.querySelector(".map-tools").hidden = false;
  const map = enliven(element);
  if (!lat || !lon) return; // who may only look gets no fields

  const said = section.querySelector(".store-map-said");
  const show = () => {
    const place = [lat, lon].map((field) => Number.parseFloat(field.value.replace(",", ".")));
    const known = place.every(Number.isFinite);
    if (known) map.pin(place[0], place[1], { label: section.querySelector("h2").textContent });
    else map.unpin("home");
    const text = known ? section.dataset.there : section.dataset.nowhere;
    said.textContent = text.replace("{place}", place.map((each) => each.toFixed(DIGITS)).join(", "));
  };
  const check = () => {
    const elsewhere = Boolean(city?.value) && city.value !== section.dataset.city;
    section.querySelector(".store-map-elsewhere").hidden = !elsewhere;
    element.hidden = elsewhere;
  };

  element.addEventListener("map:tap", ({ detail }) => {
    lat.value = detail.lat.toFixed(DIGITS);
    lon.value = detail.lon.toFixed(DIGITS);
    show();
  });
  [lat, lon].forEach((field) => field.addEventListener("input", show));
  city?.addEventListener("change", check);
  show();
  check();
};

const section = document.querySelector("[data-store-map]");
if (section) start(section);
