"""What an entry of sources.yaml may say, as frozen models: files, or a database.

A source says how its rows are written and nothing is guessed. `columns` and `values` translate a
foreign system's own names, so that its exports need no code. `registry.py` reads the file.
"""

import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    field_validator,
    model_validator,
)

from pipeline.contracts import CONTRACTS
from pipeline.core.errors import did_you_mean

EVERY = "*"
# Of `values`: entity, column, and the source's value. YAML may lead back to itself.
_DEPTH = 2
# Words in a database column's name that tell of a secret: such a column is not copied.
_SECRET_PARTS = ("password", "passwd", "passphrase", "secret", "token")
_SECRET_WORDS = frozenset(("pwd", "salt", "otp"))
_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")

Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]


def _is_secret(column: str) -> bool:
    words = {word.lower() for word in _WORD.findall(column)}
    return (
        any(part in column.lower() for part in _SECRET_PARTS)
        or not _SECRET_WORDS.isdisjoint(words)
        or any(word.endswith("hash") for word in words)
    )


def _several(value: object) -> object:
    """One column, or several whose values make one with blanks between them."""
    return (
        (value,) if isinstance(value, str) else tuple(value) if isinstance(value, list) else value
    )


# Column name of the contract -> the source's, and column -> what the source says -> our value.
Names = dict[str, Annotated[tuple[Name, ...], BeforeValidator(_several), Field(min_length=1)]]
Values = dict[str, dict[str, str]]


def _plain(value: object) -> object:
    """A source's values are text. Nothing at all is written as no text: `N/A:` or `N/A: null`."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, int | float) else value


def _by_entity(value: object) -> object:
    """`{id: "Lead #"}` is for every entity, `{leads: {id: "Lead #"}}` for one."""
    if not isinstance(value, Mapping) or not value:
        return value
    nested = {key: each for key, each in value.items() if key in CONTRACTS}
    flat = {key: each for key, each in value.items() if key not in CONTRACTS}
    return {**nested, EVERY: flat} if flat else nested


def _texts(value: object, depth: int = 0) -> object:
    if not isinstance(value, Mapping):
        return value
    if depth > _DEPTH:
        raise ValueError("expected entity, column, and what the source says: ours")
    return {
        str(_plain(key)).strip(): _texts(_plain(each), depth + 1) for key, each in value.items()
    }


def _for_every(value: object) -> object:
    """`[photo]` is for every entity, `{users: [photo]}` for one."""
    return {EVERY: value} if isinstance(value, list) else value


def _of_entities(value: dict[str, list[str]]) -> dict[str, list[str]]:
    unknown = sorted(set(value) - {EVERY, *CONTRACTS})
    if unknown:
        raise ValueError(f"no entity {', '.join(unknown)}; there are {', '.join(CONTRACTS)}")
    return value


IgnoredColumns = Annotated[
    dict[str, list[Name]], BeforeValidator(_for_every), AfterValidator(_of_entities)
]
ColumnNames = Annotated[dict[str, Names], BeforeValidator(_by_entity)]
ColumnValues = Annotated[dict[str, Values], BeforeValidator(_by_entity), BeforeValidator(_texts)]


class Source(BaseModel):
    """What files and databases have in common."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    columns: ColumnNames = {}
    values: ColumnValues = {}
    ids: Literal["as written", "salesforce"] = "as written"
    timezone: str | None = None

    @property
    def zone(self) -> ZoneInfo | None:
        """Of timestamps without a zone; None if none is declared."""
        return ZoneInfo(self.timezone) if self.timezone else None

    def names_of(self, entity: str) -> Names:
        """The contract's column name -> this source's, where they differ."""
        return {**self.columns.get(EVERY, {}), **self.columns.get(entity, {})}

    def values_of(self, entity: str) -> Values:
        """Column -> the source's value -> the contract's."""
        return {**self.values.get(EVERY, {}), **self.values.get(entity, {})}

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, value: str | None) -> str | None:
        try:
            return value and ZoneInfo(value).key
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise ValueError('expected an IANA time zone, for example "Asia/Kolkata"') from None

    @model_validator(mode="after")
    def _columns_are_of_the_contract(self) -> "Source":
        for what, mapping in (("columns", self.columns), ("values", self.values)):
            for entity, names in mapping.items():
                _check_columns(what, entity, names)
        return self


def _check_columns(what: str, entity: str, names: Mapping[str, Any]) -> None:
    contracts = CONTRACTS.values() if entity == EVERY else [CONTRACTS[entity]]
    known = {"tenant_id", *(name for contract in contracts for name in contract.column_names)}
    unknown = sorted(set(names) - known)
    if unknown:
        where = "no entity has" if entity == EVERY else f"{entity} does not have"
        raise ValueError(
            f"{what}: {where} a column {', '.join(unknown)}{did_you_mean(unknown, known)};"
            " the key is our name, the value is the source's"
        )


class FileSource(Source):
    """How the files of an inbox are written."""

    type: Literal["files"] = "files"
    delimiter: Annotated[str, StringConstraints(min_length=1, max_length=1)] = ","
    encoding: str = "utf-8"
    date_format: Literal["ISO", "DD/MM/YYYY", "MM/DD/YYYY", "DD-MM-YYYY", "DD.MM.YYYY"] = "ISO"
    decimal: Literal[".", ","] = "."
    settle_seconds: Annotated[int, Field(ge=0, le=86_400)] = 2

    @field_validator("encoding")
    @classmethod
    def _known_encoding(cls, value: str) -> str:
        try:
            "".encode(value)
        except LookupError:
            raise ValueError('expected a text encoding, for example "utf-8" or "cp1252"') from None
        return value

    @model_validator(mode="after")
    def _delimiter_is_not_decimal(self) -> "FileSource":
        if self.delimiter == self.decimal:
            raise ValueError(f"delimiter and decimal cannot both be {self.delimiter!r}")
        return self


class DatabaseSource(Source):
    """A PostgreSQL or MySQL/MariaDB database. Its URL is in the environment, never in a file.

    `tenants` says whose rows it holds: our tenant ids, or `{ours: the value in tenant_column}`, or
    `all` (every tenant of the workspace; other rows are quarantined). Absent: the tenants whose
    files name this source.
    """

    type: Literal["postgresql", "mysql", "mariadb"]
    url_env: Annotated[str, StringConstraints(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")]
    schema_name: Annotated[str | None, Field(alias="schema")] = None
    tables: dict[str, Name | None] = {}
    tenant_column: Name = "tenant_id"
    tenants: Literal["all"] | list[Name] | dict[str, Name] | None = None
    ignore: IgnoredColumns = {}
    overlap_minutes: Annotated[int, Field(ge=0, le=10_080)] = 10
    whole_below: Annotated[int, Field(ge=0)] = 100_000
    reconcile_hours: Annotated[int, Field(ge=0)] = 24
    may_be_empty: list[str] = []
    statement_timeout_seconds: Annotated[int, Field(ge=1, le=86_400)] = 900

    def is_ignored(self, entity: str, column: str) -> bool:
        """Whether a table's column is not read.

        Listed columns are not, nor those whose name says secret and that nobody asked for.
        """
        if column in self.ignore.get(EVERY, ()) or column in self.ignore.get(entity, ()):
            return True
        asked_for = {name for names in self.names_of(entity).values() for name in names}
        wanted = {*CONTRACTS[entity].column_names, self.tenant_column, *asked_for}
        return column not in wanted and _is_secret(column)

    def table_of(self, entity: str) -> str | None:
        """The table's name, with its schema if one is given; None if the source has none."""
        return self.tables.get(entity, CONTRACTS[entity].source_table)

    @field_validator("tables")
    @classmethod
    def _known_entities(cls, value: dict[str, str | None]) -> dict[str, str | None]:
        unknown = sorted(set(value) - set(CONTRACTS))
        if unknown:
            raise ValueError(f"no entity {', '.join(unknown)}; there are {', '.join(CONTRACTS)}")
        return value
