/* Prices and weights as the seller reads them. */

/** Price of a weight in minor units, halves up: the same rule as the house's own `price_minor`. */
export const priceMinor = (weightG, perKgMinor) => Math.floor((weightG * perKgMinor + 500) / 1000);

/** `44500` -> `445 ₽` as the page's language writes it; whole amounts lose their empty minor part. */
export const money = (minor, { currency, decimals }, language) =>
  new Intl.NumberFormat(language, {
    style: "currency",
    currency,
    currencyDisplay: "narrowSymbol",
    minimumFractionDigits: minor % 10 ** decimals ? decimals : 0,
    maximumFractionDigits: decimals,
  }).format(minor / 10 ** decimals);

/** `1250` -> `1.25 kg`, `500` -> `500 g`. */
export const weight = (grams, language) => {
  const whole = Math.abs(grams) >= 1000;
  const unit = whole ? "kilogram" : "gram";
  return new Intl.NumberFormat(language, { style: "unit", unit, maximumFractionDigits: 3 }).format(whole ? grams / 1000 : grams);
};
