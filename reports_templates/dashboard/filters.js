/* The filter bar: what is chosen in it goes into the address, the figures, the lists and the charts. */
const form = document.getElementById("filters");
const summary = document.getElementById("selection");
const actions = form.querySelector(".actions");
const TITLES = { owner: "owner", source: "source", campaign: "campaign", unit: "unit type", period: "period" };
let chosen = nothing();

const presets = {
  "": () => [null, null],
  month: () => [thisMonth, asOf],
  "last-month": () => [monthStarts[settings.months - 2], thisMonth - 1],
  30: () => [asOf - 29, asOf],
  90: () => [asOf - 89, asOf],
  365: () => [asOf - 364, asOf],
};
const presetOf = ({ from, to }) =>
  Object.keys(presets).find((name) => presets[name]().every((day, i) => day === [from, to][i])) ?? "own";

function boxes(name) {
  return [...form.querySelectorAll(`input[type=checkbox][name="${name}"]`)];
}

function showChosen() {
  for (const name of DIMENSIONS) {
    const some = boxes(name);
    some.forEach((box) => { box.checked = chosen[name].includes(box.value); });
    const labels = some.filter((box) => box.checked).map((box) => box.nextElementSibling.textContent);
    const place = form.querySelector(`[data-dimension="${name}"] .chosen`);
    if (place) place.textContent = labels.length === 0 ? "all" : labels.length === 1 ? labels[0] : `${labels.length} chosen`;
  }
  form.from.value = chosen.from === null ? "" : isoOf(chosen.from);
  form.to.value = chosen.to === null ? "" : isoOf(chosen.to);
  form.preset.value = presetOf(chosen);
}

function describe(facts) {
  const parts = [];
  if (chosen.from !== null || chosen.to !== null) {
    parts.push(`${chosen.from === null ? "from the beginning" : date(chosen.from)} to ${date(chosen.to ?? asOf)}`);
  }
  for (const { name, keys, labels } of facts.dimensions) {
    if (chosen[name].length) parts.push(chosen[name].map((key) => labels[keys.indexOf(key)] ?? `${key} (not on this page)`).join(", "));
  }
  return `Filtered: ${parts.join(" · ")}. Leads count by the day they came in, bookings by booking date, cancellations by their own day, as they stand at the end of ${date(asOf)}.`;
}

function showUnfollowed(active) {
  for (const note of document.querySelectorAll("[data-follows]")) {
    const follows = note.dataset.follows.split(" ");
    const missing = active.filter((name) => !follows.includes(name));
    note.hidden = !missing.length;
    note.textContent = note.dataset.follows === "" ? "Not filtered: this is the whole business." : `Not filtered by ${missing.map((name) => TITLES[name]).join(", ")}.`;
  }
}

let latest = 0;
async function apply() {
  const turn = ++latest;
  const active = activeFilters(chosen);
  showChosen();
  showUnfollowed(active);
  document.documentElement.classList.toggle("filtered", active.length > 0);
  actions.hidden = !active.length;
  summary.hidden = !active.length;
  if (!active.length) {
    restore();
    drawn.clear();
    document.querySelectorAll("table[data-chosen]").forEach(sortAgain);
    summary.textContent = "";
    markScrollable();
    return;
  }
  const facts = await factsOf();
  if (turn !== latest) return;
  const result = figuresOf(facts, chosen);
  fillFigures(result.figures);
  fillRows(result, facts);
  fillLists(result, facts);
  summary.textContent = describe(facts);
  markScrollable();
  await drawCharts(result);
  document.documentElement.dataset.applied = String(turn);
}

function decide() {
  writeAddress(chosen);
  return apply();
}

function readForm(event) {
  for (const name of DIMENSIONS) chosen[name] = boxes(name).filter((box) => box.checked).map((box) => box.value);
  if (event.target === form.preset && presets[form.preset.value]) [chosen.from, chosen.to] = presets[form.preset.value]();
  else {
    const day = (input) => (input.value && input.validity.valid ? dayOf(input.value) : null);
    [chosen.from, chosen.to] = [day(form.from), day(form.to)];
    if (chosen.from !== null && chosen.to !== null && chosen.from > chosen.to) [chosen.from, chosen.to] = [chosen.to, chosen.from];
  }
  decide();
}

/* A bar that was clicked: filters by it, or no longer. */
async function pickOne(name, place) {
  const { keys } = (await factsOf()).dimensions.find((dimension) => dimension.name === name);
  const key = keys.includes(place) ? place : keys[Number(place)];
  chosen[name] = chosen[name].includes(key) ? chosen[name].filter((one) => one !== key) : [...chosen[name], key];
  decide();
}

function findIn(event) {
  const text = event.target.value.trim().toLocaleLowerCase();
  for (const label of event.target.parentElement.querySelectorAll("label")) {
    label.hidden = !label.textContent.toLocaleLowerCase().includes(text);
  }
}

async function copyLink() {
  try {
    await navigator.clipboard.writeText(location.href);
    announcer.textContent = "Link copied";
  } catch {
    /* A browser that does not let a page from disk copy: the address bar has the same. */
    announcer.textContent = "The address of this page is the link";
  }
  form.share.textContent = announcer.textContent;
  setTimeout(() => { form.share.textContent = "Copy link"; }, 2000);
}

function startFilters() {
  form.hidden = false;
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("change", (event) => { if (event.target.type !== "search") readForm(event); });
  form.querySelectorAll("input[type=search]").forEach((input) => input.addEventListener("input", findIn));
  form.clear.addEventListener("click", () => { chosen = nothing(); decide(); });
  form.share.addEventListener("click", copyLink);
  document.addEventListener("click", (event) => {
    for (const open of form.querySelectorAll("details[open]")) if (!open.contains(event.target)) open.open = false;
  });
  form.addEventListener("keydown", (event) => {
    const open = event.key === "Escape" && event.target.closest("details[open]");
    if (open) { open.open = false; open.querySelector("summary").focus(); }
  });
  window.addEventListener("hashchange", () => { chosen = readAddress(); apply(); });
  chosen = readAddress();
  if (activeFilters(chosen).length) apply();
}

if ("DecompressionStream" in window) startFilters();
