/* Tabs and sorting for the dashboard. Progressive: without this script every section is on the page
   and every table is in its first order. No library, no network, nothing stored. */
(() => {
  "use strict";
  const links = [...document.querySelectorAll(".tabs a")];
  const panels = links.map((link) => document.getElementById(link.hash.slice(1)));
  const announcer = document.getElementById("announcer");

  function show(index, { focus = false } = {}) {
    links.forEach((link, i) => {
      link.setAttribute("aria-selected", String(i === index));
      link.tabIndex = i === index ? 0 : -1;
      panels[i].hidden = i !== index;
    });
    if (focus) links[index].focus();
    markScrollable();
  }

  /* Only a table that is wider than its place needs to be reached by keyboard to be scrolled. */
  function markScrollable() {
    for (const region of document.querySelectorAll(".scroll")) {
      if (region.scrollWidth > region.clientWidth) region.tabIndex = 0;
      else region.removeAttribute("tabindex");
    }
  }

  /* The section that a fragment names, or that holds the element it names; -1 if neither. */
  function indexOf(hash) {
    const target = hash.length > 1 && document.getElementById(decodeURIComponent(hash.slice(1)));
    return target ? panels.findIndex((panel) => panel.contains(target)) : -1;
  }

  function follow() {
    const index = indexOf(location.hash);
    if (index < 0) return;
    show(index);
    const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (target !== panels[index]) target.scrollIntoView();
    else window.scrollTo(0, 0);
  }

  function choose(index) {
    /* replaceState: leafing through tabs must not fill the way back. */
    history.replaceState(null, "", links[index].hash);
    show(index, { focus: true });
  }

  const steps = { ArrowRight: 1, ArrowLeft: -1 };
  function onKey(event) {
    const at = links.indexOf(event.currentTarget);
    const last = links.length - 1;
    let next = null;
    if (event.key in steps) next = (at + steps[event.key] + links.length) % links.length;
    else if (event.key === "Home") next = 0;
    else if (event.key === "End") next = last;
    else if (event.key === " ") next = at;
    if (next === null) return;
    event.preventDefault();
    choose(next);
  }

  function makeTabs() {
    const list = document.querySelector(".tabs ul");
    list.setAttribute("role", "tablist");
    list.setAttribute("aria-label", "Sections");
    links.forEach((link, i) => {
      link.parentElement.setAttribute("role", "presentation");
      link.setAttribute("role", "tab");
      link.setAttribute("aria-controls", panels[i].id);
      link.dataset.title = link.textContent;
      panels[i].setAttribute("role", "tabpanel");
      panels[i].setAttribute("aria-labelledby", link.id);
      link.addEventListener("keydown", onKey);
      link.addEventListener("click", (event) => {
        event.preventDefault();
        choose(i);
      });
    });
    document.documentElement.classList.add("js");
    show(0);
    follow();
    window.addEventListener("hashchange", follow);
  }

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

  function sort(table, header, direction) {
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
    announcer.textContent = `Sorted by ${header.textContent.trim()}, ${direction}`;
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

  if (links.length && panels.every(Boolean)) makeTabs();
  document.querySelectorAll("table.sortable").forEach(makeSortable);
  markScrollable();
  window.addEventListener("resize", markScrollable);
})();
