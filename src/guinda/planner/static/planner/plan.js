// The slider before the curve: what another budget would add, told at once from the curve that came with the page.
const picture = document.querySelector(".plan-curve");
if (picture) slide(picture);

function slide(element) {
  const points = JSON.parse(element.dataset.curve);
  const slider = element.querySelector("input[type=range]");
  const typed = document.querySelector("#id_budget");
  const said = element.querySelector("[data-said]");
  const own = { budget: Number(element.dataset.own), sentence: said.textContent };
  const money = moneyOf(element.dataset.currency);

  function show(budget) {
    const adds = between(points, budget);
    const sentence = budget === own.budget ? own.sentence : tell(element.dataset, points, budget, adds, between(points, own.budget), money.show);
    said.textContent = sentence;
    slider.setAttribute("aria-valuetext", budget === own.budget ? `${money.show(budget)}. ${sentence}` : sentence);
    mark(element, points, slider, budget);
  }

  // The slider says its own value; the sentence speaks up only where the budget is typed.
  slider.addEventListener("input", () => {
    said.setAttribute("aria-live", "off");
    const budget = Number(slider.value);
    typed.value = String(budget / money.unit);
    show(budget);
  });
  typed.addEventListener("input", () => {
    said.setAttribute("aria-live", "polite");
    const minor = Math.round(Number(typed.value) * money.unit);
    if (typed.value === "" || !Number.isFinite(minor)) return;
    slider.value = String(minor);
    show(minor);
  });
  slider.hidden = false;
  show(own.budget);
  if (Number(typed.value) * money.unit !== own.budget) typed.dispatchEvent(new Event("input"));
}

function moneyOf(currency) {
  const language = document.documentElement.lang;
  const options = { style: "currency", currency, currencyDisplay: "narrowSymbol" };
  const unit = 10 ** new Intl.NumberFormat(language, options).resolvedOptions().maximumFractionDigits;
  const whole = new Intl.NumberFormat(language, { ...options, minimumFractionDigits: 0, maximumFractionDigits: 0 });
  return { unit, show: (minor) => whole.format(minor / unit) };
}

// The straight line between the neighbours on the curve; its ends hold beyond it.
function between(points, budget) {
  const next = points.findIndex(([most]) => budget <= most);
  if (next === 0) return points[0][1];
  if (next < 0) return points.at(-1)[1];
  const [[low, addsLow], [high, addsHigh]] = [points[next - 1], points[next]];
  return addsLow + ((addsHigh - addsLow) * (budget - low)) / (high - low);
}

function tell(texts, points, budget, adds, here, show) {
  if (budget < points[0][0] || budget > points.at(-1)[0]) return texts.beyond.replace("{budget}", show(budget));
  const more = Math.round(adds - here);
  const sentence = more > 0 ? texts.more : more < 0 ? texts.less : texts.same;
  return sentence.replace("{budget}", show(budget)).replace("{adds}", show(adds)).replace("{more}", show(Math.abs(more)));
}

function mark(element, points, slider, budget) {
  const svg = element.querySelector("svg");
  const { width, height } = svg.viewBox.baseVal;
  const [least, most] = [Number(slider.min), Number(slider.max)];
  const x = (width * (Math.min(Math.max(budget, least), most) - least)) / (most - least);
  const y = height * (1 - Math.max(0, between(points, budget)) / Number(element.dataset.top));
  element.querySelector("[data-mark]").setAttribute("d", `M${x} ${height}V${y}`);
  element.querySelector("[data-at]").setAttribute("d", `M${x} ${y}h0`);
}
