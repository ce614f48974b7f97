/* What is selected, and its place in the address of the page. Days are numbers from `zero`. */
const DIMENSIONS = ["owner", "source", "campaign", "unit"];
const nothing = () => ({ from: null, to: null, owner: [], source: [], campaign: [], unit: [] });

const activeFilters = (chosen) => [
  ...DIMENSIONS.filter((name) => chosen[name].length),
  ...(chosen.from !== null || chosen.to !== null ? ["period"] : []),
];

function readAddress() {
  const parameters = new URLSearchParams(queryOf(location.hash));
  const chosen = nothing();
  for (const name of DIMENSIONS) chosen[name] = parameters.getAll(name);
  for (const name of ["from", "to"]) {
    const day = dayOf(parameters.get(name) ?? "");
    if (day >= 0 && day <= asOf) chosen[name] = day;
  }
  return chosen;
}

function writeAddress(chosen) {
  const parameters = new URLSearchParams();
  for (const name of ["from", "to"]) if (chosen[name] !== null) parameters.set(name, isoOf(chosen[name]));
  for (const name of DIMENSIONS) for (const key of chosen[name]) parameters.append(name, key);
  const place = placeOf(location.hash) || "overview";
  history.replaceState(null, "", `#${place}${parameters.size ? `?${parameters}` : ""}`);
}

async function unpack(id) {
  const packed = atob(document.getElementById(id).textContent);
  const bytes = Uint8Array.from(packed, (character) => character.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  return new Response(stream).text();
}

let unpacked = null;
const factsOf = () => (unpacked ??= unpack("facts").then(JSON.parse));
