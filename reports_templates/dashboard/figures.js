/* The figures of a selection. Leads are counted by the day they came in, bookings by booking date,
   cancellations by the day of the cancellation, all as they stand on the as-of day; without a selection
   these are the published figures (a test). */
const QUALIFIED = 1, CONVERTED = 2, CONVERTED_NET = 4, LOST = 8, ENGAGED = 16;
const GROSS = 1, LIVE = 2, LATE = 4;
const OF_LEAD = ["owner", "source", "campaign"];

const monthStarts = [];
for (let month = 0, at = new Date(zero); month <= settings.months; month++) {
  monthStarts.push((at - zero) / DAY);
  at = new Date(at);
  at.setUTCMonth(at.getUTCMonth() + 1);
}
const monthOf = new Map();
monthStarts.slice(0, -1).forEach((start, month) => {
  for (let day = start; day < monthStarts[month + 1]; day++) monthOf.set(day, month);
});
const thisMonth = monthStarts[settings.months - 1];
const rate = (over, under) => (under ? over / under : null);

function median(values) {
  if (!values.length) return null;
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/* For each table a test of its row numbers: is the row of what was chosen? */
function picker(facts, chosen) {
  const wanted = {};
  for (const { name, keys } of facts.dimensions) {
    if (chosen[name].length) wanted[name] = keys.map((key) => chosen[name].includes(key));
  }
  const rows = (numbers, names) => {
    const tests = names.filter((name) => wanted[name]).map((name) => [numbers[name], wanted[name]]);
    return (row) => tests.every(([column, yes]) => yes[column[row]]);
  };
  return { rows, wanted };
}

const counter = (...names) => Object.fromEntries(names.map((name) => [name, 0]));
const newMonth = () => counter("new_leads", "site_visits", "gross", "gross_value", "cancelled",
  "cancelled_value", "net_bookings", "net_value");
const newCohort = () => ({ reached: settings.stages.map(() => 0), statuses: settings.statuses.map(() => 0) });

function figuresOf(facts, chosen) {
  const from = chosen.from ?? -Infinity, to = chosen.to ?? Infinity;
  const { rows, wanted } = picker(facts, chosen);
  const work = {
    facts, rows, wanted,
    within: (day) => day !== null && day >= from && day <= to,
    figures: counter("total_leads", "new_leads", "leads_in_new_status_asof", "qualified_leads",
      "converted_leads", "converted_leads_net", "open_leads", "open_leads_engaged", "total_bookings",
      "booked_amount", "bookings_cancelled", "cancelled_amount", "refunds_promised", "pending_bookings",
      "engagement_this_month", "engagement_leads_touched", "pending_follow_ups", "follow_ups_overdue",
      "follow_ups_due_today", "follow_ups_undated"),
    months: Array.from({ length: settings.months }, newMonth),
    cohorts: Array.from({ length: settings.months }, newCohort),
    sources: byKey(facts, "source", () => ({ ...counter("leads", "qualified", "converted", "lost", "booked_value"), waits: [] })),
    campaigns: byKey(facts, "campaign", () => counter("leads", "qualified", "converted", "net_value")),
    statuses: settings.booking_statuses.map(() => counter("bookings", "units", "value")),
    units: byKey(facts, "unit", () => counter("bookings", "value")),
    reasons: Array.from({ length: settings.reasons }, () => counter("cancelled", "value", "units", "refunds", "stated")),
    absorbed: byKey(facts, "unit", () => ({ months: monthStarts.slice(1).map(() => 0), value: 0 })),
    owners: byKey(facts, "owner", () => ({ ...counter("overdue", "due_today", "undated"), oldest: null })),
  };
  countLeads(work);
  countVisits(work);
  const listed = { bookings: countBookings(work), late: lateDeliveries(work), follow_ups: countFollowUps(work), waiting: pickAll(work, facts.waiting), likely: pickAll(work, facts.likely) };
  countEngagement(work);
  return { figures: withRatios(work.figures), rows: tablesOf(work), listed, wanted };
}

const byKey = (facts, name, make) =>
  facts.dimensions.find((dimension) => dimension.name === name).keys.map(make);

function countLeads({ facts, rows, within, figures, months, cohorts, sources, campaigns }) {
  const { day, status, reached, flags, wait, n, source, campaign } = facts.leads.numbers;
  const mine = rows(facts.leads.numbers, OF_LEAD);
  for (let i = 0; i < n.length; i++) {
    if (!mine(i)) continue;
    const count = n[i], has = flags[i];
    if (day[i] >= thisMonth) figures.new_leads += count;
    if (status[i] === 0) figures.leads_in_new_status_asof += count;
    if (!within(day[i])) continue;
    const qualified = has & QUALIFIED ? count : 0, converted = has & CONVERTED ? count : 0;
    figures.total_leads += count;
    figures.qualified_leads += qualified;
    figures.converted_leads += converted;
    if (has & CONVERTED_NET) figures.converted_leads_net += count;
    if (!(has & (LOST | CONVERTED))) {
      figures.open_leads += count;
      if (has & ENGAGED) figures.open_leads_engaged += count;
    }
    for (const row of [sources[source[i]], campaigns[campaign[i]]]) {
      row.leads += count;
      row.qualified += qualified;
      row.converted += converted;
    }
    if (has & LOST) sources[source[i]].lost += count;
    if (wait[i] !== null) for (let k = 0; k < count; k++) sources[source[i]].waits.push(wait[i]);
    const month = monthOf.get(day[i]);
    if (month === undefined) continue;
    months[month].new_leads += count;
    for (let stage = 0; stage <= reached[i]; stage++) cohorts[month].reached[stage] += count;
    if (status[i] !== null) cohorts[month].statuses[status[i]] += count;
  }
}

function countVisits({ facts, rows, within, months }) {
  const { day, n } = facts.visits.numbers;
  const mine = rows(facts.visits.numbers, OF_LEAD);
  n.forEach((count, i) => {
    if (mine(i) && within(day[i])) months[monthOf.get(day[i])].site_visits += count;
  });
}

/* The row numbers of the selected bookings, newest first. */
function countBookings({ facts, rows, within, figures, months, sources, campaigns, statuses, units, reasons, absorbed }) {
  const { booked, cancelled, status, flags, units: sold, amount, refund, reason, source, campaign, unit } = facts.bookings.numbers;
  const mine = rows(facts.bookings.numbers, DIMENSIONS);
  const found = [];
  for (let i = 0; i < amount.length; i++) {
    if (!mine(i)) continue;
    if (cancelled[i] !== null && flags[i] & GROSS && within(cancelled[i])) {
      figures.bookings_cancelled++;
      figures.cancelled_amount += amount[i];
      figures.refunds_promised += refund[i];
      addTo(months[monthOf.get(cancelled[i])], "cancelled", amount[i]);
      absorb(absorbed[unit[i]], monthOf.get(cancelled[i]), -sold[i], -amount[i]);
      addReason(reasons[reason[i]], amount[i], sold[i], refund[i]);
    }
    if (!within(booked[i])) continue;
    found.push(i);
    const row = statuses[status[i]];
    row.bookings++;
    row.units += sold[i];
    row.value += amount[i];
    if (settings.booking_statuses[status[i]] === "pending") figures.pending_bookings++;
    if (!(flags[i] & GROSS)) continue;
    figures.total_bookings++;
    figures.booked_amount += amount[i];
    sources[source[i]].booked_value += amount[i];
    addTo(months[monthOf.get(booked[i])], "gross", amount[i]);
    absorb(absorbed[unit[i]], monthOf.get(booked[i]), sold[i], amount[i]);
    if (!(flags[i] & LIVE)) continue;
    campaigns[campaign[i]].net_value += amount[i];
    units[unit[i]].bookings++;
    units[unit[i]].value += amount[i];
  }
  return found;
}

/* A booking older than the months that are shown is in none of them. */
function addTo(month, name, amount) {
  if (!month) return;
  month[name]++;
  month[`${name}_value`] += amount;
  const sign = name === "gross" ? 1 : -1;
  month.net_bookings += sign;
  month.net_value += sign * amount;
}

/* The table is of the last twelve months. */
function absorb(row, month, units, amount) {
  if (!(month >= settings.months - 12)) return;
  row.months[month] += units;
  row.value += amount;
}

/* A reason beyond those that the page lists has no row. */
function addReason(row, amount, units, refund) {
  if (!row) return;
  row.cancelled++;
  row.value += amount;
  row.units += units;
  row.refunds += refund;
  if (refund !== null) row.stated++;
}

function countEngagement({ facts, rows, figures }) {
  const mine = rows(facts.engagement.numbers, OF_LEAD);
  facts.engagement.numbers.n.forEach((count, i) => {
    if (!mine(i)) return;
    figures.engagement_this_month += count;
    figures.engagement_leads_touched += facts.engagement.numbers.leads[i];
  });
}

function countFollowUps(work) {
  const { state, due, owner } = work.facts.follow_ups.numbers;
  const found = pickAll(work, work.facts.follow_ups);
  for (const i of found) {
    const name = settings.states[state[i]];
    work.figures[`follow_ups_${name}`]++;
    work.figures.pending_follow_ups++;
    const row = work.owners[owner[i]];
    row[name]++;
    if (due[i] !== null && (row.oldest === null || due[i] < row.oldest)) row.oldest = due[i];
  }
  return found;
}

function lateDeliveries({ facts, rows }) {
  const { flags, delivery } = facts.bookings.numbers;
  const mine = rows(facts.bookings.numbers, DIMENSIONS);
  const code = facts.bookings.texts.code;
  return flags.flatMap((has, i) => (has & LATE && mine(i) ? [i] : []))
    .sort((a, b) => delivery[a] - delivery[b] || (code[a] < code[b] ? -1 : 1));
}

function pickAll({ rows }, table) {
  const mine = rows(table.numbers, OF_LEAD);
  return table.numbers.owner.flatMap((_, i) => (mine(i) ? [i] : []));
}

const withRatios = (figures) => ({
  ...figures,
  net_bookings: figures.total_bookings - figures.bookings_cancelled,
  net_booked_amount: figures.booked_amount - figures.cancelled_amount,
  conversion_rate: rate(figures.converted_leads, figures.total_leads),
  lead_quality: rate(figures.qualified_leads, figures.total_leads),
  cancelled_share: rate(figures.bookings_cancelled, figures.total_bookings),
  open_engaged: rate(figures.open_leads_engaged, figures.open_leads),
});

/* The rows of each table by their data-key. */
function tablesOf({ facts, figures, months, cohorts, sources, campaigns, statuses, units, reasons, absorbed, owners }) {
  const iso = (month) => isoOf(monthStarts[month]);
  const keyed = (rows, key) => Object.fromEntries(rows.map((row, i) => [key(i), row]));
  const keysOf = (name) => facts.dimensions.find((dimension) => dimension.name === name);
  const mature = cohorts.filter((_, month) => settings.mature.includes(iso(month)));
  const together = settings.stages.map((_, stage) => mature.reduce((sum, row) => sum + row.reached[stage], 0));
  return {
    months: keyed(months, iso),
    booking_months: keyed(months, iso),
    cohorts: keyed(cohorts.map(({ reached }) => Object.fromEntries(
      reached.map((count, stage) => [`reached_${stage}`, stage ? [count, rate(count, reached[0])] : count]))), iso),
    statuses: keyed(cohorts.map(({ statuses: counts }) => ({
      ...Object.fromEntries(settings.statuses.map((name, i) => [name, counts[i]])),
      total: counts.reduce((sum, count) => sum + count, 0),
    })), iso),
    steps: keyed(together.map((count, stage) => ({
      label: settings.stages[stage], reached: count, of_leads: rate(count, together[0]),
      of_previous: stage ? rate(count, together[stage - 1]) : null, dropped: stage ? together[stage - 1] - count : null,
    })), String),
    sources: keyed(sources.map((row, i) => ({
      ...row, label: keysOf("source").labels[i], conversion_rate: rate(row.converted, row.leads), median_days: median(row.waits),
    })), String),
    campaigns: keyed(campaigns.map((row, i) => ({
      ...row, label: keysOf("campaign").labels[i], conversion_rate: rate(row.converted, row.leads),
    })), String),
    booking_statuses: keyed(statuses, (i) => settings.booking_statuses[i]),
    units: keyed(units, (i) => keysOf("unit").keys[i]),
    reasons: keyed(reasons.map((row) => ({ ...row, share: rate(row.cancelled, figures.bookings_cancelled) })), String),
    absorption: keyed(absorbed.map(({ months: sold, value }) => ({
      ...Object.fromEntries(sold.map((count, month) => [iso(month), count])),
      units: sold.reduce((sum, count) => sum + count, 0), value,
    })), (i) => keysOf("unit").keys[i]),
    owners: keyed(owners.map((row, i) => ({ ...row, label: keysOf("owner").labels[i] })), (i) => keysOf("owner").keys[i]),
  };
}
