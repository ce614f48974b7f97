/* Sorting. A table keeps the order that was chosen when a selection fills it anew. */
const collator = new Intl.Collator(document.documentElement.lang, { numeric: true, sensitivity: "base" });

/* What a cell sorts by: its exact value, else its text; null where there is none. */
function key(row, column) {
  const cell = row.cells[column];
  const text = cell.dataset.v ?? cell.textContent.trim();
  if (text === "") return null;
  const number = Number(text);
  return Number.isNaN(number) ? text : number;
}

function compare(one, other) {
  if (typeof one === "number" && typeof other === "number") return one - other;
  return collator.compare(String(one), String(other));
}

function sort(table, header, direction, { quietly = false } = {}) {
  const column = header.cellIndex;
  const sign = direction === "ascending" ? 1 : -1;
  const rows = [...table.tBodies[0].rows].map((row) => ({ row, value: key(row, column) }));
  /* Array.sort is stable, so rows that are equal keep the order they had. */
  rows.sort((a, b) => {
    if (a.value === null || b.value === null) return (a.value === null) - (b.value === null);
    return sign * compare(a.value, b.value);
  });
  table.tBodies[0].append(...rows.map((item) => item.row));
  for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
  header.setAttribute("aria-sort", direction);
  table.dataset.chosen = "yes";
  if (!quietly) announcer.textContent = `Sorted by ${header.textContent.trim()}, ${direction}`;
}

function makeSortable(table) {
  for (const header of table.tHead.rows[0].cells) {
    if (!header.dataset.sort) continue;
    const button = document.createElement("button");
    button.type = "button";
    button.append(...header.childNodes);
    header.append(button);
    button.addEventListener("click", () => {
      const other = { ascending: "descending", descending: "ascending" };
      sort(table, header, other[header.getAttribute("aria-sort")] ?? header.dataset.sort);
    });
  }
}

/* Sorts again what a selection has changed. */
function sortAgain(table) {
  const header = [...table.tHead.rows[0].cells].find((cell) => cell.hasAttribute("aria-sort"));
  if (header && table.dataset.chosen) sort(table, header, header.getAttribute("aria-sort"), { quietly: true });
}

document.querySelectorAll("table.sortable").forEach(makeSortable);
markScrollable();
