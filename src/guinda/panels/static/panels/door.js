/* Where to: a touch on the map, the street, the flat, a note, and how it is paid. */
import { enliven } from "../places/map.js";
import { find, heed, root, save, state, t, tell } from "./shop.js";

const NEAR = 2.2; // how near the map starts at the panel's own station
const box = find("[data-map-box]");
const hint = find("[data-map-hint]");
const form = find("[data-address]");
const wrong = find("#street-wrong");
const fields = ["street", "flat", "note", "phone"];
const { lat, lon } = root.dataset;
const map = enliven(find("[data-map]", box));

map.pin(+lat, +lon, { label: t("here"), kind: "here" });

const show = () => {
  const { draft } = state;
  fields.forEach((name) => (form.elements[name].value = draft[name] ?? ""));
  if (draft.pay && form.querySelector(`[name=pay][value=${draft.pay}]`)) form.elements.pay.value = draft.pay;
  form.elements.phone.closest(".field").hidden = Boolean(draft.proof);
  point();
};

const point = () => {
  const chosen = state.draft.lat !== undefined;
  if (chosen) map.pin(state.draft.lat, state.draft.lon, { label: t("door_here"), kind: "home" });
  else map.unpin("home");
  hint.textContent = chosen ? t("door_here") : t("touch_map");
  box.classList.toggle("chosen", chosen);
};

/** The door is there. */
export const choose = (door) => {
  Object.assign(state.draft, door);
  save();
  show();
  tell("door");
};

find("[data-map]", box).addEventListener("map:tap", ({ detail }) => {
  choose({ lat: +detail.lat.toFixed(6), lon: +detail.lon.toFixed(6) });
});

form.addEventListener("input", () => {
  fields.forEach((name) => (state.draft[name] = form.elements[name].value));
  state.draft.pay = form.elements.pay.value;
  wrong.hidden = true;
  form.elements.street.removeAttribute("aria-invalid");
  save();
  tell("details");
});
form.addEventListener("submit", (event) => (event.preventDefault(), tell("go")));

/** What is still missing: "map", "street" or nothing. */
export const missing = () => {
  if (state.draft.lat === undefined) return "map";
  return state.draft.street?.trim() ? "" : "street";
};

/** Lead to what is missing. */
export const point_at = (what) => {
  if (what === "map") {
    box.scrollIntoView({ block: "center" });
    hint.classList.remove("ask");
    requestAnimationFrame(() => hint.classList.add("ask"));
    tell("say", t("touch_map"));
  } else {
    wrong.hidden = false;
    form.elements.street.setAttribute("aria-invalid", "true");
    form.elements.street.focus();
  }
};

/** What the order says besides the quote. */
export const details = () => {
  const { street, flat = "", note = "", phone = "", proof, pay = form.elements.pay.value } = state.draft;
  const body = { street: street.trim(), flat: flat.trim(), note: note.trim(), pay };
  if (proof) body.proof = proof;
  else if (phone.trim()) body.phone = phone.trim();
  return body;
};

/** The screen came up. */
export const arrive = () => {
  const from = state.draft.lat === undefined ? { lat, lon } : state.draft;
  map.look(+from.lat, +from.lon, NEAR);
};

heed("fresh", show);
show();
