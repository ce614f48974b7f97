/* How figures are written: the same as the server writes them (a test compares the two). */
const settings = JSON.parse(document.getElementById("settings").textContent);
const { formats } = settings;
const MINUS = "\u2212";
const DAY = 86400000;
const zero = Date.parse(settings.zero);
const asOf = (Date.parse(settings.as_of) - zero) / DAY;
const dayOf = (iso) => (Date.parse(iso) - zero) / DAY;
const isoOf = (day) => new Date(zero + day * DAY).toISOString().slice(0, 10);
const writers = {};

/* Grouped as the locale does, half rounded up. */
function plain(value, digits) {
  writers[digits] ??= new Intl.NumberFormat(formats.locale, {
    minimumFractionDigits: digits, maximumFractionDigits: digits, useGrouping: "always",
  });
  return writers[digits].format(value);
}

const exact = new Intl.NumberFormat("en", { useGrouping: false, maximumFractionDigits: 2 });
const magnitude = (value) => (value ? Number(value.toExponential().split("e")[1]) : 0);

function threeDigits(value) {
  const round = (number, digits) => Number(Number(number).toLocaleString("en", {
    useGrouping: false, maximumFractionDigits: digits,
  }));
  const once = round(value, Math.max(0, 2 - magnitude(value)));
  return round(once, Math.max(0, 2 - magnitude(once)));
}

function short(value) {
  for (const [unit, suffix] of formats.scales) {
    const scaled = threeDigits(value / unit);
    if (scaled >= 1) return plain(scaled, exact.format(scaled).split(".")[1]?.length ?? 0) + suffix;
  }
  return plain(value, value < 1000 && !Number.isInteger(value) ? 2 : 0);
}

function money(value, write) {
  const text = write(Math.abs(value));
  const minus = value < 0 && /[1-9]/.test(text) ? MINUS : "";
  return minus + formats.before + text + formats.after;
}

function number(value, digits = 0) {
  const text = plain(Math.abs(value), digits);
  return (value < 0 && /[1-9]/.test(text) ? MINUS : "") + text;
}

function date(day) {
  const [year, month, ofMonth] = isoOf(day).split("-");
  const parts = { y: year, MMM: formats.months[month - 1], MM: month, dd: ofMonth, d: Number(ofMonth) };
  return formats.date.replace(/y|MMM|MM|dd|d/g, (part) => parts[part]);
}

const two = (value) => String(value).padStart(2, "0");
const moment = (minutes) =>
  `${date(Math.floor(minutes / 1440))}, ${two(Math.floor((minutes % 1440) / 60))}:${two(minutes % 60)}`;

/* Money arrives in hundredths. A missing figure is "–": a ratio without a denominator, or no date. */
const kinds = {
  count: (value) => number(value),
  one: (value) => number(value, 1),
  rate: (value) => number(value * 100, 1) + formats.percent,
  pct: (value) => number(value) + formats.percent,
  money: (value) => money(value / 100, (amount) => plain(amount, 0)),
  short: (value) => money(value / 100, short),
  date, moment,
  text: String,
};
const write = (value, kind) => (value === null || value === undefined ? "–" : kinds[kind](value));
