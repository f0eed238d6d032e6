/* The picture of the bowl: each piece is as large as it is in life and as many as the weight makes; they fall in as one taps. */
import { all, cards, find, heed, nameOf, state, t } from "./shop.js";

const MIDDLE = 240;
const RIM = 122;
const WIDE = 182; // half the bowl's inner width at the rim
const DEEP = 168;
const CHERRY_R = 17; // a cherry of 12 g
const ROOM = 60_000; // what the bowl and a heap on it hold, in the picture's square units
const MOST = 130; // pieces drawn; of a larger bowl a fair sample
const OVERLAP = 0.8;
const GOLDEN = 0.618034;

const PIECE = { cherry: "one-cherry", "blush-cherry": "one-blush", "sour-cherry": "one-cherry", raspberry: "one-raspberry", apricot: "one-apricot" };
const SVG = "http://www.w3.org/2000/svg";

const picture = find("[data-bowl]");
const layer = find("[data-pieces]", picture);
const empty = picture.getAttribute("aria-label");
let pieces = []; // {slug, mark}, from the bottom up, in the order they fell

const radius = (slug) => CHERRY_R * Math.cbrt(+cards.get(slug).dataset.pieceMg / 12_000);

/** How many pieces of each variety to draw. */
const counts = () => {
  const real = Object.entries(state.bowl).map(([slug, grams]) => [slug, Math.max(1, Math.round((grams * 1000) / +cards.get(slug).dataset.pieceMg))]);
  const total = real.reduce((sum, [, count]) => sum + count, 0);
  const share = Math.min(1, MOST / (total || 1));
  return new Map(real.map(([slug, count]) => [slug, Math.max(1, Math.round(count * share))]));
};

const draw = () => {
  const wanted = counts();
  const have = new Map();
  pieces = pieces.filter(({ slug, mark }) => {
    const count = (have.get(slug) ?? 0) + 1;
    if (count > (wanted.get(slug) ?? 0)) return mark.remove(), false;
    have.set(slug, count);
    return true;
  });
  const lacking = [...wanted].flatMap(([slug, count]) => mixed(slug, count - (have.get(slug) ?? 0)));
  lacking.sort((a, b) => a.order - b.order).forEach(({ slug }) => pieces.push({ slug, mark: born(slug) }));
  settle();
  const bowl = Object.entries(state.bowl).map(([slug, grams]) => `${t("grams", { grams })} ${nameOf(slug)}`);
  picture.setAttribute("aria-label", bowl.length ? t("bowl", { bowl: bowl.join(", ") }) : empty);
};

/** New pieces of several kinds fall in turn, not kind after kind. */
const mixed = (slug, count) => Array.from({ length: Math.max(0, count) }, (_, number) => ({ slug, order: (number + 0.5) / count }));

const born = (slug) => {
  const { art, colour } = cards.get(slug).dataset;
  const outer = document.createElementNS(SVG, "g");
  const inner = document.createElementNS(SVG, "use");
  inner.setAttribute("href", `#${PIECE[art] ?? "one-cherry"}`);
  outer.setAttribute("color", colour);
  outer.setAttribute("class", "piece");
  outer.append(inner);
  layer.append(outer);
  return outer;
};

/** Let every piece find its place: of several columns, the one where it comes to lie lowest. */
const settle = () => {
  const area = pieces.reduce((sum, { slug }) => sum + Math.PI * radius(slug) ** 2, 0);
  const scale = Math.min(1, Math.sqrt(ROOM / (area || 1)));
  const placed = [];
  pieces.forEach(({ slug, mark }, number) => {
    const r = radius(slug) * scale;
    const spot = lowest(r, number, placed);
    placed.push({ ...spot, r });
    const turn = ((number * GOLDEN * 360) % 50) - 25;
    mark.setAttribute("transform", `translate(${spot.x.toFixed(1)} ${spot.y.toFixed(1)}) rotate(${turn.toFixed(0)}) scale(${(r / 25).toFixed(3)})`);
  });
};

const lowest = (r, number, placed) => {
  const half = WIDE - r - 4;
  let best = { x: MIDDLE, y: -Infinity };
  for (let each = 0; each < 13; each += 1) {
    const across = (((number * GOLDEN) % 1) + each / 13) % 1;
    const x = MIDDLE + half * (2 * across - 1);
    const y = rest(x, r, half, placed);
    if (y - Math.abs(x - MIDDLE) * 0.12 > best.y - Math.abs(best.x - MIDDLE) * 0.12) best = { x, y };
  }
  return best;
};

const rest = (x, r, half, placed) => {
  let y = RIM + (DEEP - r) * Math.sqrt(Math.max(0, 1 - ((x - MIDDLE) / (half + 6)) ** 2));
  for (const other of placed) {
    const reach = (r + other.r) * OVERLAP;
    const apart = Math.abs(x - other.x);
    if (apart < reach) y = Math.min(y, other.y - Math.sqrt(reach ** 2 - apart ** 2));
  }
  return y;
};

heed("bowl", draw);
export const refill = () => (all(".piece", layer).forEach((each) => each.remove()), (pieces = []), draw());
