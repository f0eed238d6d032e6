/* What fingers, mice and keys do to a map. `map.js` says what happens; this file hears it. */

const TAP_PX = 8; // a finger that moves less has tapped
const STEP_PX = 60;
const ZOOM_STEP = 1.6;

/** Listen to a map's svg and buttons and call its api. */
export const watch = (map, api) => {
  watchPointers(api);
  watchWheel(api);
  watchKeys(map, api);
  watchButtons(map, api);
};

const watchPointers = (api) => {
  const fingers = new Map();
  let moved = 0;

  api.svg.addEventListener("pointerdown", (event) => {
    if (!fingers.size) moved = 0;
    fingers.set(event.pointerId, { x: event.clientX, y: event.clientY });
  });
  api.svg.addEventListener("pointermove", (event) => {
    const before = fingers.get(event.pointerId);
    if (!before) return;
    const now = { x: event.clientX, y: event.clientY };
    moved += Math.hypot(now.x - before.x, now.y - before.y);
    if (moved > TAP_PX) api.svg.setPointerCapture(event.pointerId);
    if (fingers.size === 2) pinch(fingers, event.pointerId, now, api);
    else if (moved > TAP_PX) api.panPx(now.x - before.x, now.y - before.y);
    fingers.set(event.pointerId, now);
  });
  api.svg.addEventListener("pointerup", (event) => {
    const tapped = fingers.delete(event.pointerId) && !fingers.size && moved <= TAP_PX;
    if (tapped && event.button === 0) api.tapPx(event.clientX, event.clientY);
  });
  api.svg.addEventListener("pointercancel", (event) => fingers.delete(event.pointerId));
};

const pinch = (fingers, id, now, api) => {
  const [, still] = [...fingers].find(([key]) => key !== id);
  const before = fingers.get(id);
  const apart = (a) => Math.hypot(a.x - still.x, a.y - still.y) || 1;
  api.panPx((now.x - before.x) / 2, (now.y - before.y) / 2);
  api.zoomPx((now.x + still.x) / 2, (now.y + still.y) / 2, apart(now) / apart(before));
};

const watchWheel = (api) => {
  api.svg.addEventListener(
    "wheel",
    (event) => {
      // A page scrolls past the map unless it is being zoomed: by pinch (ctrlKey), or because it is zoomed already.
      if (!event.ctrlKey && !api.svg.hasAttribute("data-zoomed") && document.activeElement !== api.svg) return;
      event.preventDefault();
      const lines = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 16 : 1;
      api.zoomPx(event.clientX, event.clientY, Math.exp(-event.deltaY * lines * (event.ctrlKey ? 0.01 : 0.002)));
    },
    { passive: false },
  );
};

const watchKeys = (map, api) => {
  const svg = api.svg;
  svg.setAttribute("tabindex", "0");
  svg.setAttribute("role", "application");
  svg.setAttribute("aria-label", `${svg.getAttribute("aria-label")}. ${svg.dataset.hint}`);
  svg.insertAdjacentHTML(
    "afterend",
    '<svg class="map-aim" viewBox="0 0 32 32" aria-hidden="true"><path d="M16 3v9M16 20v9M3 16h9M20 16h9"/></svg>',
  );
  const keys = {
    ArrowLeft: () => api.panPx(STEP_PX, 0),
    ArrowRight: () => api.panPx(-STEP_PX, 0),
    ArrowUp: () => api.panPx(0, STEP_PX),
    ArrowDown: () => api.panPx(0, -STEP_PX),
    "+": () => api.zoom(ZOOM_STEP),
    "=": () => api.zoom(ZOOM_STEP),
    "-": () => api.zoom(1 / ZOOM_STEP),
    0: () => api.all(),
    Enter: () => api.tapMiddle(),
    " ": () => api.tapMiddle(),
  };
  svg.addEventListener("keydown", (event) => {
    if (!keys[event.key] || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    keys[event.key]();
  });
};

const watchButtons = (map, api) => {
  const actions = { in: () => api.zoom(ZOOM_STEP), out: () => api.zoom(1 / ZOOM_STEP), all: () => api.all() };
  const tools = map.querySelector(".map-tools");
  if (!tools) return;
  tools.hidden = false;
  tools.addEventListener("click", (event) => actions[event.target.closest("[data-map-zoom]")?.dataset.mapZoom]?.());
};
