/* The charts of a selection, from the specification that drew those of the page. The runtime is unpacked
   when it is first needed. A bar of a source, a campaign or an owner can be clicked to filter by it. */
let starting = null;
const runtime = () => (starting ??= unpack("runtime").then((code) => {
  const script = document.createElement("script");
  script.textContent = `(() => {${code}})()`;
  document.head.append(script);
}));

const pen = document.createElement("canvas").getContext("2d");
function widthOf(text) {
  pen.font = "12px 'Source Sans 3'";
  return pen.measureText(text).width;
}

function fitting(text, width) {
  let cut = text.length;
  while (cut && widthOf(text.slice(0, cut) + (cut < text.length ? "…" : "")) > width) cut--;
  return cut < text.length ? `${text.slice(0, cut).trimEnd()}…` : text;
}

/* As `charts.py` sets it: from the lowest value or zero to the highest or zero. */
function domainOf(values) {
  const low = Math.min(0, ...values), high = Math.max(0, ...values);
  return high > low ? [low, high] : [0, 1];
}

function change(node, name, make) {
  if (Array.isArray(node)) node.forEach((part) => change(part, name, make));
  else if (node && typeof node === "object") {
    for (const [key, part] of Object.entries(node)) {
      if (key === name) node[key] = make(part);
      else if (key !== "datasets" && key !== "config") change(part, name, make);
    }
  }
}

const unitOf = (kind) => (kind === "short" ? 100 : 1);

function columnsSpec(chart, spec, { rows }) {
  const months = Object.values(rows[chart.rows]).slice(-spec.datasets.panel0.length);
  const said = [];
  chart.panels.forEach(([field, kind], index) => {
    const data = spec.datasets[`panel${index}`];
    data.forEach((column, at) => {
      column.value = months[at][field] / unitOf(kind);
      column.text = write(months[at][field], kind);
    });
    const [low, high] = domainOf(data.map((column) => column.value));
    const panel = spec.vconcat[index];
    change(panel, "domain", (old) => (Array.isArray(old) ? [low < 0 ? low - (high - low) * 0.3 : low, high] : old));
    const widest = Math.max(...data.map((column) => widthOf(column.text)));
    const size = Math.min(12, Math.round(120 * (chart.width / data.length - 4) / widest) / 10);
    change(panel, "fontSize", () => size);
    said.push(`${panel.title.text}: ${data.map((column) => column.text).join(", ")}.`);
  });
  return said.join(" ");
}

function barsSpec(chart, spec, { rows, wanted }) {
  const filter = wanted[chart.pick], measures = [chart.bar, ...(chart.then ?? [])];
  const kept = Object.entries(rows[chart.rows]).map(([key, row]) => ({ key, ...row }))
    .filter((row, place) => (!filter || filter[place]) && (chart.zeros || measures.some((name) => row[name])));
  if (chart.pick) kept.sort((a, b) => measures.map((name) => b[name] - a[name]).find(Boolean) ?? 0);
  const shown = chart.pick ? kept.slice(0, settings.bars) : kept;
  const brand = spec.datasets.rows.find((row) => row.fill !== settings.muted)?.fill;
  const scale = unitOf(chart.text[0][1]);
  spec.datasets.rows = shown.map((row, place) => {
    const text = chart.text.map(([field, kind]) => write(row[field], kind)).join(" · ");
    return {
      row: place, value: row[chart.bar] / scale, text, key: row.key, label: row.label,
      name: fitting(row.label, chart.width - widthOf(text) - 12),
      fill: row.label === chart.muted ? settings.muted : brand ?? settings.muted,
    };
  });
  const [low, high] = domainOf(spec.datasets.rows.map((row) => row.value));
  change(spec, "domain", (old) => (Array.isArray(old) ? [low, high] : old));
  change(spec, "transform", () => [{ calculate: String(low), as: "low" }, { calculate: String(high), as: "high" }]);
  spec.height = 38 * Math.max(1, shown.length);
  return spec.datasets.rows.map((row) => `${row.label}: ${row.text}`).join("; ");
}

const drawn = new Map();

async function drawChart(element, result) {
  const chart = settings.charts[element.dataset.chart];
  if (!chart) return;
  await runtime();
  const spec = structuredClone(chart.spec);
  const said = (spec.vconcat ? columnsSpec : barsSpec)(chart, spec, result);
  keep(element);
  drawn.get(element)?.finalize();
  element.replaceChildren();
  const { view } = await window.vegaEmbed(element, spec, { mode: "vega-lite", renderer: "svg", actions: false, defaultStyle: false });
  drawn.set(element, view);
  crop(element.querySelector("svg"), chart.width, said);
  if (chart.pick) view.addEventListener("click", (_, item) => item?.datum?.key !== undefined && pickOne(chart.pick, item.datum.key));
}

/* As the server does: the drawing from its own left edge to its right one. */
function crop(svg, width, said) {
  const left = Number(/translate\(([\d.]+)/.exec(svg.innerHTML)?.[1] ?? 0);
  const height = svg.getAttribute("height");
  svg.setAttribute("width", width + 2);
  svg.setAttribute("viewBox", `${left - 1} 0 ${width + 2} ${height}`);
  svg.querySelectorAll("[role]").forEach((part) => { part.removeAttribute("role"); part.removeAttribute("aria-roledescription"); });
  svg.classList.add("chart");
  svg.setAttribute("role", "img");
  svg.setAttribute("aria-label", said || "Nothing in this selection.");
}

const drawCharts = (result) => Promise.all([...document.querySelectorAll("[data-chart]")].map((one) => drawChart(one, result)));
