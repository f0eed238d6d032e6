/* The city's map in the browser: degrees to map units and back, pins, and pan and zoom by any means.

   const map = enliven(document.querySelector("[data-map]"));
   element.addEventListener("map:tap", (event) => event.detail)   // {lat, lon}
*/

import { watch } from "./map-gestures.js";

const SVG = "http://www.w3.org/2000/svg";
const ZOOM_MOST = 8;
const NEAR_PX = 0.75; // from so many pixels per map unit on, the small names can be read

/** The map's projection (Web Mercator), as the server wrote it on the svg. */
const frame = (svg) => {
  const { width, height, south, west, north, east } = svg.dataset;
  const scale = +width / radians(east - west);
  return { width: +width, height: +height, south: +south, west: +west, north: +north, scale };
};
const radians = (degrees) => (degrees * Math.PI) / 180;
const rise = (lat) => Math.asinh(Math.tan(radians(lat)));

/** Degrees to map units. */
export const toXY = (svg, lat, lon) => {
  const { west, north, scale } = frame(svg);
  return { x: radians(lon - west) * scale, y: (rise(north) - rise(lat)) * scale };
};

/** Map units to degrees. */
export const fromXY = (svg, x, y) => {
  const { west, north, scale } = frame(svg);
  const degrees = 180 / Math.PI;
  return { lat: Math.atan(Math.sinh(rise(north) - y / scale)) * degrees, lon: west + (x / scale) * degrees };
};

/** A place on the screen (an event's clientX, clientY) to degrees, whatever the zoom. */
export const toPoint = (svg, clientX, clientY) => {
  const { x, y } = unitsAt(svg, clientX, clientY);
  return fromXY(svg, x, y);
};

const unitsAt = (svg, clientX, clientY) => new DOMPoint(clientX, clientY).matrixTransform(svg.getScreenCTM().inverse());

/** Add a pin, or move the one with the same key (by default its kind: "home", "courier", "here"). Returns its element. */
export const pin = (svg, lat, lon, { label = "", kind = "home", key = kind } = {}) => {
  const layer = svg.querySelector("[data-map-pins]");
  const found = [...layer.children].find((each) => each.dataset.key === key);
  const mark = found ?? layer.appendChild(drawPin(key));
  mark.dataset.kind = kind;
  mark.querySelector("title").textContent = label;
  Object.assign(mark.dataset, toXY(svg, lat, lon));
  settle(svg, mark);
  return mark;
};

/** Take a pin away. */
export const unpin = (svg, key) => svg.querySelector(`[data-map-pins] [data-key="${CSS.escape(key)}"]`)?.remove();

const drawPin = (key) => {
  const mark = document.createElementNS(SVG, "g");
  mark.setAttribute("class", "map-pin");
  mark.dataset.key = key;
  mark.append(
    document.createElementNS(SVG, "title"),
    part("path", { class: "map-pin-drop", d: "M0 0C-3-9-13-15-13-26a13 13 0 0 1 26 0C13-15 3-9 0 0z" }),
    part("circle", { class: "map-pin-eye", cy: "-26", r: "5" }),
  );
  return mark;
};

const part = (name, attributes) => {
  const element = document.createElementNS(SVG, name);
  Object.entries(attributes).forEach(([key, value]) => element.setAttribute(key, value));
  return element;
};

/** Pins keep their size on the screen: about 1.4 px per unit, whatever the zoom. */
const settle = (svg, mark) => {
  const grow = 1.4 / (pxPerUnit(svg) || 1);
  mark.setAttribute("transform", `translate(${mark.dataset.x} ${mark.dataset.y}) scale(${grow.toFixed(3)})`);
};

const pxPerUnit = (svg) => {
  const { width, height } = svg.getBoundingClientRect();
  const view = svg.viewBox.baseVal;
  return Math.min(width / view.width, height / view.height);
};

/** Make a map live: drag, wheel, pinch, keys, buttons; sends "map:tap" with {lat, lon}. */
export const enliven = (map) => {
  const svg = map.querySelector("svg.map-svg");
  const { width, height } = frame(svg);
  const view = { x: 0, y: 0, zoom: 1 };

  const show = () => {
    const [w, h] = [width / view.zoom, height / view.zoom];
    view.x = Math.min(Math.max(view.x, 0), width - w);
    view.y = Math.min(Math.max(view.y, 0), height - h);
    svg.setAttribute("viewBox", [view.x, view.y, w, h].map((each) => each.toFixed(2)).join(" "));
    svg.toggleAttribute("data-zoomed", view.zoom > 1);
    svg.dataset.detail = pxPerUnit(svg) >= NEAR_PX ? "near" : "far";
    svg.querySelectorAll(".map-pin").forEach((mark) => settle(svg, mark));
    setButton("in", view.zoom >= ZOOM_MOST);
    setButton("out", view.zoom <= 1);
    setButton("all", view.zoom <= 1);
  };
  const setButton = (name, off) => {
    const button = map.querySelector(`[data-map-zoom="${name}"]`);
    if (button) button.disabled = off;
  };

  const zoomAt = (x, y, factor) => {
    const zoom = Math.min(Math.max(view.zoom * factor, 1), ZOOM_MOST);
    const kept = view.zoom / zoom; // the place under the finger stays under it
    Object.assign(view, { x: x - (x - view.x) * kept, y: y - (y - view.y) * kept, zoom });
    show();
  };
  const middle = () => ({ x: view.x + width / view.zoom / 2, y: view.y + height / view.zoom / 2 });

  const api = {
    svg,
    zoom: (factor) => zoomAt(middle().x, middle().y, factor),
    all: () => (Object.assign(view, { x: 0, y: 0, zoom: 1 }), show()),
    panPx: (dx, dy) => ((view.x -= dx / pxPerUnit(svg)), (view.y -= dy / pxPerUnit(svg)), show()),
    zoomPx: (clientX, clientY, factor) => {
      const { x, y } = unitsAt(svg, clientX, clientY);
      zoomAt(x, y, factor);
    },
    tapPx: (clientX, clientY) => tell(toPoint(svg, clientX, clientY)),
    tapMiddle: () => tell(fromXY(svg, middle().x, middle().y)),
    /** Bring a place to the middle, at least `zoom` times as near as the whole map. */
    look: (lat, lon, zoom = view.zoom) => {
      const { x, y } = toXY(svg, lat, lon);
      const near = Math.min(Math.max(zoom, 1), ZOOM_MOST);
      Object.assign(view, { x: x - width / near / 2, y: y - height / near / 2, zoom: near });
      show();
    },
    pin: (lat, lon, options) => pin(svg, lat, lon, options),
    unpin: (key) => unpin(svg, key),
  };
  const tell = (detail) => map.dispatchEvent(new CustomEvent("map:tap", { detail, bubbles: true }));

  watch(map, api);
  new ResizeObserver(show).observe(svg);
  show();
  return api;
};
