/* Couriers as dots on the city; the chosen bag's way as a line from its courier by the store to the door. */

import { enliven, toXY } from "../places/map.js";

const SVG = "http://www.w3.org/2000/svg";
const map = enliven(document.querySelector("[data-map]"));
const onMap = new Set();
const way = document.createElementNS(SVG, "polyline");
way.setAttribute("class", "board-way");
map.svg.insertBefore(way, map.svg.querySelector("[data-map-pins]"));

/** Dots, pins and the way, as things are now. */
export const drawMap = (view, state, bag) => {
  const busy = new Set(state.tasks.map((task) => task.courier));
  const wanted = new Set();
  for (const courier of state.couriers) {
    const kind = courier.silent ? "silent" : busy.has(courier.id) ? "busy" : "idle";
    const dot = put(wanted, courier.lat, courier.lon, { kind, label: courier.name, key: `c${courier.id}` });
    dot.toggleAttribute("data-chosen", bag.place?.courier === courier.id);
  }
  drawWay(state, bag.place, wanted);
  for (const key of onMap) if (!wanted.has(key)) map.unpin(key);
  onMap.clear();
  wanted.forEach((key) => onMap.add(key));
};

const put = (wanted, lat, lon, options) => {
  wanted.add(options.key);
  return map.pin(lat, lon, options);
};

const drawWay = (state, place, wanted) => {
  const stops = [];
  if (place) {
    const courier = state.couriers.find((each) => each.id === place.courier);
    if (courier) stops.push([courier.lat, courier.lon]);
    if (!place.carried) stops.push(place.store);
    stops.push(place.door);
    if (!place.carried) put(wanted, ...place.store, { kind: "store", label: place.storeLabel, key: "store" });
    put(wanted, ...place.door, { kind: "home", label: place.doorLabel, key: "home" });
  }
  const points = stops.map(([lat, lon]) => toXY(map.svg, lat, lon)).map(({ x, y }) => `${x.toFixed(1)},${y.toFixed(1)}`);
  way.setAttribute("points", points.length > 1 ? points.join(" ") : "");
};
