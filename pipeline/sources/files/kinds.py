"""What the columns of a typed or formatted file hold, by the names that its source gives them."""

from __future__ import annotations

from functools import lru_cache

from babel.numbers import get_currency_symbol

from pipeline.config.source import FileSource
from pipeline.contracts import Contract, Type
from pipeline.sources.files.unpacking import Wanted

# Languages in which a currency has its own sign: ₹, £, R$, kr, $ and US$.
_LOCALES = (
    "en",
    "en_IN",
    "en_US",
    "en_GB",
    "en_CA",
    "en_AU",
    "en_SG",
    "de",
    "fr",
    "pt_BR",
    "ar_AE",
)


def wanted(source: FileSource, currency: str, contract: Contract) -> Wanted:
    """What the file's columns hold. Of a column that stands for several, a number's type counts."""
    names = source.names_of(contract.entity)
    kinds = {"tenant_id": Type.TEXT.name}
    for column in sorted(contract.columns, key=lambda column: column.type is not Type.TEXT):
        theirs = names.get(column.name, ())
        for name in (column.name, *theirs):
            kinds[name] = column.type.name if len(theirs) < 2 else Type.TEXT.name
    return Wanted(contract.entity, kinds, sorted(_signs(currency)))


@lru_cache
def _signs(currency: str) -> frozenset[str]:
    """How amounts of a currency are marked."""
    if not currency:
        return frozenset()
    signs = {currency, *(get_currency_symbol(currency, locale) for locale in _LOCALES)}
    return frozenset(signs | ({"Rs", "₹"} if currency == "INR" else set()))
