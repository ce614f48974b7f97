/* Writes a selection's figures into the page, and takes them out again: the page keeps its markup, only
   texts and sort values change. */
const originals = new Map();

function keep(element) {
  if (!originals.has(element)) originals.set(element, { html: element.innerHTML, v: element.dataset.v });
}

function put(element, value, kind) {
  keep(element);
  if (kind === "share") {
    const [count, share] = value;
    element.innerHTML = `${number(count)} <span class="share">${write(share, "rate")}</span>`;
    element.dataset.v = share ?? "";
    return;
  }
  element.textContent = write(value, kind);
  element.dataset.v = value ?? "";
  element.classList.toggle("zero", value === 0);
}

function restore() {
  for (const [element, { html, v }] of originals) {
    element.innerHTML = html;
    element.classList.remove("zero");
    if (v === undefined) delete element.dataset.v;
    else element.dataset.v = v;
  }
  originals.clear();
  document.querySelectorAll("tr[data-key][hidden]").forEach((row) => { row.hidden = false; });
}

function fillFigures(figures) {
  for (const element of document.querySelectorAll("[data-figure]")) {
    put(element, figures[element.dataset.figure], element.dataset.k);
  }
}

const DIMENSION_OF = {
  sources: "source", campaigns: "campaign", returns: "campaign",
  owners: "owner", performance: "owner", work: "owner", units: "unit", absorption: "unit",
};
/* Their rows are named by the place of what they are about; the other dimensions' by its key. */
const BY_PLACE = ["source", "campaign"];

function fillRows({ rows, wanted }, facts) {
  for (const table of document.querySelectorAll("table[data-rows]")) {
    const name = table.dataset.rows;
    const filter = wanted[DIMENSION_OF[name]];
    const keys = filter && facts.dimensions.find((dimension) => dimension.name === DIMENSION_OF[name]).keys;
    for (const row of table.querySelectorAll("tr[data-key]")) {
      const key = row.dataset.key;
      row.hidden = Boolean(filter) && !filter[BY_PLACE.includes(DIMENSION_OF[name]) ? Number(key) : keys.indexOf(key)];
      for (const cell of row.querySelectorAll("[data-f]")) put(cell, rows[name]?.[key]?.[cell.dataset.f], cell.dataset.k);
    }
    sortAgain(table);
  }
}

const WHAT = {
  bookings: ["bookings", ""], late: ["bookings that are neither completed nor cancelled", ""],
  follow_ups: ["pending follow-ups", " The oldest first."], waiting: ["leads", " The newest first."],
  likely: ["open leads with a score", " The likeliest first."],
};

/* One row of a list as the cells' data-f name its parts. */
function recordOf(name, facts, row) {
  const at = (table, column) => facts[table].numbers[column][row];
  const text = (table, column) => facts[table].texts[column][row];
  const label = (table, dimension) => facts.dimensions.find((one) => one.name === dimension).labels[at(table, dimension)];
  if (name === "bookings" || name === "late") {
    const status = settings.booking_statuses[at("bookings", "status")].replaceAll("_", " ");
    const unit = facts.dimensions.find((one) => one.name === "unit").keys[at("bookings", "unit")];
    const owner = facts.dimensions.find((one) => one.name === "owner").keys[at("bookings", "owner")];
    return {
      code: text("bookings", "code"), customer: text("bookings", "customer"), unit: unit === "(none)" ? "" : unit,
      status: status[0].toUpperCase() + status.slice(1), owner, booked: at("bookings", "booked"),
      delivery: at("bookings", "delivery"), days: asOf - at("bookings", "delivery"), value: at("bookings", "amount"),
    };
  }
  const record = { lead: text(name, "lead"), phone: text(name, "phone") ?? "", owner: label(name, "owner"), source: text(name, "source_text") ?? "" };
  if (name === "waiting") return { ...record, came_in: at(name, "came_in"), days: at(name, "hours") / 24 };
  if (name === "likely") {
    const [score, days, alike, booked] = ["score", "days", "alike", "booked"].map((column) => at(name, column));
    return { ...record, stage: text(name, "stage") ?? "", effect: text(name, "effect") ?? "", score, days, alike, booked };
  }
  const due = at(name, "due");
  return { ...record, notes: text(name, "notes") ?? "", due, days: due === null ? null : asOf - due };
}

function fillLists({ listed }, facts) {
  for (const table of document.querySelectorAll("table[data-list]")) {
    const name = table.dataset.list;
    const body = table.tBodies[0];
    keep(body);
    const pattern = body.rows[0];
    const texts = Object.values(facts[name === "late" ? "bookings" : name].texts)[0];
    const found = listed[name].filter((row) => row < texts.length);
    const shown = found.slice(0, settings.listed[name]);
    body.replaceChildren(...shown.map((row) => rowOf(pattern, recordOf(name, facts, row))));
    if (!shown.length) body.append(emptyRow(pattern));
    const note = document.querySelector(`[data-showing="${name}"]`);
    keep(note);
    const total = listed[name].length, [what, order] = WHAT[name];
    note.textContent = (shown.length < total ? `Showing ${number(shown.length)} of ${number(total)} ${what} of the selection.`
      : `All ${number(total)} ${what} of the selection.`) + order;
    sortAgain(table);
  }
}

function rowOf(pattern, record) {
  const row = pattern.cloneNode(true);
  for (const cell of row.querySelectorAll("[data-f]")) {
    const value = record[cell.dataset.f];
    cell.textContent = value === null && cell.dataset.f === "days" ? "undated" : write(value, cell.dataset.k);
    if (cell.dataset.k !== "text") cell.dataset.v = value ?? "";
  }
  return row;
}

function emptyRow(pattern) {
  const row = document.createElement("tr");
  const cell = row.insertCell();
  cell.colSpan = pattern.cells.length;
  cell.className = "empty";
  cell.textContent = "None in this selection.";
  return row;
}
