"""`docs/source-contract.md`, written from the contracts so that it cannot fall behind them.

The prose is for the operator who prepares a file; the tables are what the code checks.
"""

from __future__ import annotations

from pipeline.contracts import CONTRACT_VERSION, CONTRACTS
from pipeline.contracts.model import Column, Contract, Type, common_columns

_HEAD = """\
# Source contract

What Milepost expects of the files and tables that it reads, entity by entity. Generated from
`pipeline/contracts/` by `python -m pipeline.contracts`; contract version {version}.

## Preparing a file

Put it at `inbox/<tenant>/<entity>….csv`; `.tsv` and `.jsonl` are read as well, each also with
`.gz`, and `.xlsx` and `.parquet`. The name begins with the entity; what follows is yours:
`leads.csv`, `leads_2026-04.csv`, `ledger_entries-pune.csv.gz`. One file holds one entity of one
tenant, and any number of files may lie side by side. Milepost never changes, moves or deletes a
file, and follows no link. The newest delivery counts, row by row, also where it returns to what an
earlier one said; a copy of the newest one and a file that was only renamed say nothing new. Once
what `sources.yaml` says of a file is corrected, the file is read again by itself, and rows whose
values differ land as new versions; what a later file has replaced stays replaced.

**Columns.** The first line names them, as below, in any order; blanks around a name are dropped.
Required columns must be there; the others may be missing, and are then empty. Columns that are not
in the table are kept as they are, as JSON in `extra`. A refresh says when a column is new, or gone
since the last delivery.
A `tenant_id` column is not needed; if there is one, it must name the tenant whose folder it is.

**Format.** Comma-separated, UTF-8 with or without byte order mark; values that hold a comma, a
quote or a line break stand in double quotes, and a quote within them is doubled. The last line ends
with a line break: without one, or with a short last line, the file may still be on its way, and
Milepost waits, until nothing has changed for thirty times the source's `settle_seconds` (60 seconds
if it names none) or an empty file `<name>.done` beside it says that it is complete. A short last
line then goes to quarantine.

Another delimiter, encoding, date format or decimal mark is set per source in `sources.yaml`;
nothing is guessed. There `timezone` says in which zone times without one are (else the tenant's),
and `columns` and `values` translate what another system's exports have:

```yaml
our_crm:
  type: files
  timezone: UTC
  columns: {{leads: {{id: Phone, phone: Phone}}, users: {{name: [first_name, last_name]}}}}
  values: {{milestones: {{outcome: {{Yes: positive, No: negative, N/A: "", "": neutral}}}}}}
  ids: salesforce
```

One column may stand for several of ours, and several make one, with blanks between them. In
`values`, what stands in the file stands on the left, as text whatever YAML thinks of it (`Yes`,
`012`, `1:30`); nothing on the right (`""`, or nothing at all) means no value, and `""` on the left
gives an empty cell one. `ids: salesforce` takes ids of 15 and of 18 characters for the same record.

Of a **workbook** the sheet is read that is named like the entity, or the only one; its first row
that is not empty has the names. A number is read as its sheet shows it: a percentage (`12.5%`) is
12.5 in a column for percent, `00123` keeps its zeros in a column of text, a sign of the tenant's
currency is left out, grouping and rounding change nothing. A row goes to quarantine, with cell and
format named, if a cell is an error (`#N/A`), is merged with another one, holds a formula of which
no result is stored or a whole number of more than 15 digits that a spreadsheet cannot hold, or
shows something else than a value of its column: `500.00 Cr`, an amount in another currency,
thousands, a percentage where money is wanted, a month without a day. **JSON Lines** have one object
a line. Numbers are kept to the last digit. A workbook or Parquet file that is cut off waits; an old
`.xls`, an archive that unpacks beyond reason, more than 2,000 columns and anything that is not what
its name says are refused.

**Values.** White space around a value is dropped, and an empty value is no value.

| type | is written |
|---|---|
{types}

**Deleting and changing.** A record is known by its `id`. Deliver it again to change it; to delete
it, deliver it with `deleted_at`. Leaving it out of a later file changes nothing. If a file, or the
files of one refresh (read in order of name), have an `id` more than once, equal copies count as
one; of different ones the last stands and the others go to quarantine.

## Reading a database

A source of `sources.yaml` with `type: postgresql`, `mysql` or `mariadb` is read table by table:
the columns are those below, in the *source table* that each entity names, or as `tables` and
`columns` of the source say. `tenant_id`, or the column that `tenant_column` names, says whose a
row is. Ids may be UUIDs, enumerations ENUMs, booleans `TINYINT(1)`. Timestamps without a zone are
in the source's `timezone`. Columns that nobody asked for are kept in `extra`, except those whose
name tells of a secret (`password`, `secret`, `token`, `hash`, `otp`) and those that `ignore` lists
(`ignore: [photo]`, or `{{users: [photo]}}`): they are not read, and what landed of them before is
removed at the next refresh.

A small table is read whole at each refresh, a large one as far as it changed by `updated_at`,
`created_at` or `deleted_at`, and whole once a day. A row that is gone from a table lands as
deleted. The login needs to read only; `milepost doctor` says what else it could do, compares the
columns' types with the contract, and judges the first thousand rows of each table.

## What becomes of a row

Every row lands or goes to quarantine, never both and never neither. It goes to **quarantine**, with
every reason that applies, if it breaks one of these:

{hard}

and the rules under *hard rules* of its entity. `quarantine/<entity>/` keeps such rows whole, with
file, row (the header is row 1, as in a spreadsheet), column and reason; `quarantine_summary` counts
those that are open. Mend the row where it comes from and deliver it again: when its id lands, or
its file is read again, it is resolved (`milepost quarantine --resolved` lists those). What a
database itself counts is held against what landed; a difference is a row of `data_checks`.

A row that breaks a **soft rule** lands and carries the rule's name in `quality_flags`, and
`data_checks` counts it. Rules marked † need more than the row itself and are found by the models,
after landing; milestones and engagement, of which there are most, are published as they landed, and
what the models find of them is in `data_checks` alone.

A **file** is refused as a whole, without touching others, if a required column is missing, a column
name appears twice, it is not text in the declared encoding, or whatever opens it fails. It is not
tried again until it, or what `sources.yaml` says of it, changes. `milepost status`, `milepost
doctor`, the check `files_not_read`, a notice to the operator and the first page of the UI name
every file and table that is refused or waits, or of which all rows are in quarantine: since when,
why and what to do. The check blocks a tenant that has nothing else, and a refresh ends with exit
code 1.

## Entities
"""

_TYPES = {
    Type.TEXT: "as it is; codes with leading zeros stay as they are",
    Type.MONEY: "digits with a decimal point, no thousands separators, no currency sign, at most 16"
    " digits before the point and two behind it (zeros may follow): `1250000.50`",
    Type.AREA: "like money, in square feet",
    Type.PERCENT: "like money, without a percent sign; kept to four decimals",
    Type.COORDINATE: "degrees with a decimal point; kept to seven decimals",
    Type.INTEGER: "digits; `3.0` counts as 3",
    Type.BOOLEAN: "`true`/`false`, `t`/`f`, `yes`/`no`, `y`/`n` or `1`/`0`, in any case",
    Type.DATE: "`YYYY-MM-DD` (also `YYYYMMDD`, and with a midnight behind it), or the number that"
    " Excel stores; `DD/MM/YYYY` and others only where `sources.yaml` says so. Of a timestamp it is"
    " the tenant's local day",
    Type.CLOCK: "`HH:MM` or `HH:MM:SS`, 24 hours",
    Type.TIMESTAMP: "`YYYY-MM-DDTHH:MM:SS`, with a space for the T if you like, with or without"
    " fractions (kept to the microsecond) and zone (`Z`, `+05:30`); or what Excel stores. Without a"
    " zone it is the tenant's local time: of an hour that the clock has twice the first, and of one"
    " that it skips the same time after the gap (02:30 becomes 03:30). A date alone is its"
    " midnight",
    Type.JSON: "one JSON value",
}

_HARD = (
    "a required value is missing (`required`)",
    "a value is not of its type (`unreadable`), too large for it or outside its bounds"
    " (`out_of_range`)",
    "a value is not in its list; upper and lower case count (`not_in_list`); where figures do not"
    " stand on the list the row lands and is flagged instead",
    "money below zero where the table does not say that it may be (`negative`), or with more than"
    " two decimals that are not zero (`decimals`)",
    "a date or timestamp before 1970 or more than 50 years ahead (`date_range`)",
    "text with a NUL character (`nul`)",
    "a `tenant_id` that is not the folder's (`tenant`)",
    "more or fewer fields than the header (`fields`)",
    "an `id` that a later row of the same refresh has with other content (`duplicate_id`)",
)


def source_contract() -> str:
    """The whole page."""
    types = "\n".join(f"| {kind.words} | {_TYPES[kind]} |" for kind in Type)
    hard = "\n".join(f"* {rule}" for rule in _HARD)
    head = _HEAD.format(version=CONTRACT_VERSION, types=types, hard=hard)
    return "\n".join([head, _common(), *(_entity(contract) for contract in CONTRACTS.values())])


def _common() -> str:
    rows = "\n".join(_row(column) for column in common_columns(created_at_required=False))
    return (
        "Columns in **bold** are required. Every entity may have these, beside its own"
        " (`created_at` is required of `leads`):\n\n"
        f"{_TABLE_HEAD}{rows}\n"
    )


_TABLE_HEAD = "| column | type | meaning |\n|---|---|---|\n"


def _entity(contract: Contract) -> str:
    origin = f" Source table `{contract.source_table}`." if contract.source_table else ""
    optional = " Optional." if contract.optional else ""
    rows = "\n".join(_row(column) for column in contract.own_columns)
    parts = [
        f"### {contract.entity}\n\n{contract.about}{origin}{optional}\n\n{_TABLE_HEAD}{rows}\n"
    ]
    if contract.hard_rules:
        lines = [f"* `{rule.name}`: {rule.says}" for rule in contract.hard_rules]
        parts.append("Hard rules:\n\n" + "\n".join(lines) + "\n")
    if contract.flags:
        lines = [
            f"* `{rule.name}`{'' if rule.broken is not None else ' †'}: {rule.says}"
            for rule in contract.flags
        ]
        parts.append("Soft rules:\n\n" + "\n".join(lines) + "\n")
    return "\n".join(parts)


def _row(column: Column) -> str:
    name = f"**{column.name}**" if column.required else column.name
    notes = [column.meaning]
    if column.values:
        notes.append("one of " + ", ".join(f"`{value}`" for value in column.values))
    if column.type is Type.MONEY and column.low is None:
        notes.append("may be below zero")
    if column.high is not None:
        notes.append(f"{column.low} to {column.high}")
    if column.descriptive and not column.values:
        notes.append("text instead is kept in `extra` and flagged `" + column.name + "_unreadable`")
    return f"| {name} | {column.type.words} | {'; '.join(notes)} |"
