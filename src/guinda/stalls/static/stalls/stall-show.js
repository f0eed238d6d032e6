/* What the seller sees of a day: the booked part from the server, and on top of it what this telephone still keeps. */

import { money, priceMinor, weight } from "./stall-money.js";

const language = document.documentElement.lang;
const find = (name, part = document) => part.querySelector(`[data-${name}]`);

/** `{n} kg` with its facts filled in. */
export const fill = (text, facts) => text.replace(/\{(\w+)\}/g, (_, name) => facts[name]);

/** The bag with the kept taps counted in: per lot what is left, and the totals. */
export const foresee = (bag, items) => {
  const mine = items.filter((item) => item.bag_id === bag.id && !item.aside);
  const sales = mine.filter((item) => item.lot_id);
  const sum = (rows, name) => rows.reduce((total, row) => total + row[name], 0);
  const lots = bag.lots.map((lot) => ({
    ...lot,
    left_g: lot.issued_g - lot.sold_g - sum(sales.filter((item) => item.lot_id === lot.id), "weight_g"),
  }));
  const tallies = { ...bag.tallies };
  mine.filter((item) => item.kind).forEach(({ kind }) => (tallies[kind] = (tallies[kind] ?? 0) + 1));
  const soldMinor = bag.sold_minor + sum(sales, "price_minor");
  return { ...bag, lots, tallies, sales: bag.sales + sales.length, sold_minor: soldMinor, cash_minor: bag.float_minor + soldMinor };
};

/** The state of the line in words, with the number of taps that wait. */
export const showLine = (root, line, waiting) => {
  const { dataset } = root;
  const form = { one: "One", few: "Few" }[new Intl.PluralRules(language).select(waiting)] ?? "Many";
  const badge = find("line");
  const words = find("line-text");
  const waits = fill(dataset[`textWaits${form}`], { n: waiting });
  const text = { wait: "…", good: dataset[waiting ? "textSending" : "textGood"], out: dataset.textOut, broken: dataset.textBroken, "signed-out": dataset.textSignIn }[line];
  badge.dataset.state = line === "good" && waiting ? "sending" : line;
  const whole = waiting ? `${text} · ${waits}` : text;
  if (words.textContent === whole) return;
  words.replaceChildren(line === "signed-out" ? Object.assign(document.createElement("a"), { href: location.href, textContent: whole }) : whole);
};

/** What the server can't keep: shown until the store has looked at it. */
export const showAside = (root, items) => {
  const lines = items.filter((item) => item.aside).map((item) => `${weight(item.weight_g ?? 0, language)}: ${item.aside}`);
  const part = find("aside");
  if (part.dataset.told === lines.join()) return;
  part.dataset.told = lines.join();
  part.hidden = !lines.length;
  part.replaceChildren(...lines.map((textContent) => Object.assign(document.createElement("p"), { textContent })));
};

/** The tiles of lots, in the order in which they expire. */
export const showTiles = (root, bag, chosen) => {
  const list = find("tiles");
  bag.lots.forEach((lot, place) => {
    const tile = list.children[place] ?? list.appendChild(find("tile-pattern").content.firstElementChild.cloneNode(true));
    const input = tile.querySelector("input");
    input.value = lot.id;
    input.checked = lot.id === chosen;
    input.disabled = lot.recalled;
    const facts = { weight: weight(Math.max(lot.left_g, 0), language), code: lot.code };
    const left = lot.recalled ? root.dataset.textRecalled : lot.left_g > 0 ? root.dataset.textLeft : root.dataset.textNoneLeft;
    find("name", tile).textContent = lot.variety;
    find("price", tile).textContent = fill(root.dataset.textPerKg, { price: money(lot.per_kg_minor, bag, language) });
    find("left", tile).textContent = fill(left, facts);
    find("code", tile).textContent = lot.code;
    find("dot", tile).setAttribute("fill", lot.colour);
  });
  while (list.children.length > bag.lots.length) list.lastElementChild.remove();
};

/** The price of what is chosen, on the button. */
export const showPrice = (root, bag, lot, grams) => {
  const button = find("sold");
  const ready = Boolean(lot && grams > 0);
  button.disabled = !ready;
  const facts = ready && { price: money(priceMinor(grams, lot.per_kg_minor), bag, language) };
  find("sold-text").textContent = ready ? fill(root.dataset.textSold, facts) : root.dataset.textChoose;
  document.querySelectorAll("[data-weight]").forEach((each) => each.setAttribute("aria-pressed", String(+each.dataset.weight === grams)));
};

/** Totals of the day and the counts on the tallies. */
export const showTotals = (root, bag) => {
  const facts = { n: bag.sales, money: money(bag.sold_minor, bag, language) };
  find("total-sales").textContent = fill(root.dataset.textSales, facts);
  find("total-cash").textContent = money(bag.cash_minor, bag, language);
  find("total-float").textContent = fill(root.dataset.textFloat, { money: money(bag.float_minor, bag, language) });
  document.querySelectorAll("[data-tally]").forEach((button) => {
    find("count", button).textContent = bag.tallies[button.dataset.tally] ?? 0;
  });
};

/** What was just tapped, with the way back. */
export const describe = (root, item, bag) => {
  if (item.kind) return fill(root.dataset.textTallied, { what: find("what", document.querySelector(`[data-tally="${item.kind}"]`)).textContent });
  const lot = bag.lots.find((each) => each.id === item.lot_id);
  return fill(root.dataset.textDone, {
    weight: weight(item.weight_g, language),
    variety: lot?.variety ?? "",
    price: money(item.price_minor, bag, language),
  });
};
