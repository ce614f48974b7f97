/* Tabs and sorting for the dashboard. Progressive: without this script every section is on the page
 and every table is in its first order. No library, no network, nothing stored. */
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

const placeOf = (hash) => decodeURIComponent(hash.slice(1).split("?")[0]);
const queryOf = (hash) => hash.split("?")[1] ?? "";

/* Opens the section that the address names, or that holds the element it names. */
function follow() {
  const place = placeOf(location.hash);
  const target = place && document.getElementById(place);
  const index = target ? panels.findIndex((panel) => panel.contains(target)) : -1;
  if (index < 0) return;
  show(index);
  if (target !== panels[index]) target.scrollIntoView();
  else window.scrollTo(0, 0);
}

function choose(index) {
  /* replaceState: leafing through tabs must not fill the way back. */
  const query = queryOf(location.hash);
  history.replaceState(null, "", links[index].hash + (query && `?${query}`));
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

if (links.length && panels.every(Boolean)) makeTabs();
window.addEventListener("resize", markScrollable);
