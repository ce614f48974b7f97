"""Names, addresses and numbers of people and companies who do not exist.

Phones begin with a 0 after the country code, e-mail is on example domains, PANs have an X where the
kind of holder stands and GSTINs contain such a PAN: none of them can belong to anybody.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from pipeline.demo.draws import Draws, Ints, gather
from pipeline.demo.names import POOLS
from pipeline.demo.profile import Profile

_MAIL = ("example.com", "example.org", "example.net", "mail.example", "post.example")
_STREETS = (
    "1st Main Road",
    "2nd Cross Street",
    "3rd Avenue",
    "Temple Road",
    "Lake View Road",
    "Station Road",
    "Park Street",
    "School Road",
    "Tower Road",
    "Market Road",
    "Tank Bund Road",
    "Ring Road",
)
_BUILDINGS = (
    "Sai Krupa",
    "Green Meadows",
    "Shanti Nivas",
    "Palm Court",
    "Silver Oak",
    "Ashirwad",
    "Lotus Enclave",
    "Gokul Residency",
    "Sunrise Apartments",
    "Rose Villa",
    "Maple Heights",
    "Ganga Block",
)
_FIRMS = (
    "Sahya",
    "Vaigai",
    "Indrayani",
    "Meru",
    "Panchavati",
    "Kaveri",
    "Nakshatra",
    "Tungabhadra",
    "Aranya",
    "Chandrika",
    "Devgiri",
    "Girija",
    "Hamsa",
    "Jaladhi",
    "Kamalini",
    "Madhuban",
    "Neelkanth",
    "Ojas",
    "Pragati",
    "Ritambhara",
    "Samved",
    "Tarang",
    "Udaan",
    "Vasudha",
)
_FIRMS_NATIVE = (
    "सह्य",
    "वैगई",
    "इंद्रायणी",
    "मेरू",
    "पंचवटी",
    "कावेरी",
    "नक्षत्र",
    "तुंगभद्रा",
    "अरण्य",
    "चंद्रिका",
    "देवगिरी",
    "गिरिजा",
    "हंस",
    "जलधी",
    "कमलिनी",
    "मधुबन",
    "नीलकंठ",
    "ओजस",
    "प्रगती",
    "ऋतंभरा",
    "सामवेद",
    "तरंग",
    "उडान",
    "वसुधा",
)
_TRADES = (
    "Softech",
    "Logistics",
    "Consulting",
    "Diagnostics",
    "Foods",
    "Textiles",
    "Analytics",
    "Engineering",
    "Learning",
    "Finserv",
    "Biosciences",
    "Motors",
)
_TRADES_NATIVE = (
    "सॉफ्टेक",
    "लॉजिस्टिक्स",
    "कन्सल्टिंग",
    "डायग्नोस्टिक्स",
    "फूड्स",
    "टेक्सटाइल्स",
    "ॲनालिटिक्स",
    "इंजिनिअरिंग",
    "लर्निंग",
    "फिनसर्व्ह",
    "बायोसायन्सेस",
    "मोटर्स",
)
INDUSTRIES = (
    "Information technology",
    "Logistics",
    "Consulting",
    "Healthcare",
    "Food processing",
    "Textiles",
    "Analytics",
    "Engineering",
    "Education",
    "Financial services",
    "Life sciences",
    "Automotive",
)
_LETTERS = tuple("ABCDEFGHIJKLMNOPQRSTUVWXYZ")


def person_names(draws: Draws, profile: Profile, n: int) -> dict[str, pl.Series]:
    """first, last in Latin letters; first_native, last_native in the language's script or null."""
    languages = list(profile.languages)
    language = draws.pick(list(profile.languages.values()), n)
    pools = [POOLS[name] for name in languages]
    result = {}
    for key, family in (("first", False), ("last", True)):
        latin = [p.family if family else p.given for p in pools]
        native = [(p.family_native if family else p.given_native) for p in pools]
        sizes = np.array([len(names) for names in latin])
        offsets = np.cumsum(sizes) - sizes
        index = offsets[language] + draws.below(sizes[language], n)
        flat = [name for names in latin for name in names]
        flat_native = [
            name
            for names, scripts in zip(latin, native, strict=True)
            for name in (scripts or [None] * len(names))
        ]
        result[key] = gather(flat, index)
        result[f"{key}_native"] = gather(pl.Series(flat_native, dtype=pl.String), index)
    return result


def firm_names(draws: Draws, n: int) -> dict[str, pl.Series]:
    """name, name_native, and the industry that goes with it."""
    firm, trade = draws.below(len(_FIRMS), n), draws.below(len(_TRADES), n)
    suffix = draws.choice(("Private Limited", "LLP", "Private Limited", "and Company"), n)
    return {
        "name": gather(_FIRMS, firm) + " " + gather(_TRADES, trade) + " " + suffix,
        "name_native": gather(_FIRMS_NATIVE, firm) + " " + gather(_TRADES_NATIVE, trade),
        "industry": gather(INDUSTRIES, trade),
    }


def emails(draws: Draws, first: pl.Series, last: pl.Series) -> pl.Series:
    n = len(first)
    number = pl.Series(draws.below(900, n) + 10).cast(pl.String)
    name = first.str.to_lowercase() + "." + last.str.to_lowercase()
    return name + number + "@" + draws.choice(_MAIL, n)


def phones(draws: Draws, n: int) -> pl.Series:
    """+91 0dddd ddddd: no Indian subscriber number begins with 0."""
    return "+91 0" + _digits(draws, 4, n) + " " + _digits(draws, 5, n)


def pans(draws: Draws, n: int) -> pl.Series:
    letters = [draws.choice(_LETTERS, n) for _ in range(5)]
    return (
        letters[0] + letters[1] + letters[2] + "X" + letters[3] + _digits(draws, 4, n) + letters[4]
    )


def gstins(draws: Draws, pan: pl.Series, state_code: str) -> pl.Series:
    n = len(pan)
    return state_code + pan + "1Z" + draws.choice(_LETTERS, n)


def street_addresses(draws: Draws, profile: Profile, n: int) -> dict[str, pl.Series]:
    """street and zip, in the organisation's city."""
    place: Ints = draws.below(len(profile.localities), n)
    flat = pl.Series(draws.below(48, n) + 1).cast(pl.String)
    house = "Flat " + flat + ", " + draws.choice(_BUILDINGS, n)
    street = house + ", " + draws.choice(_STREETS, n)
    return {
        "street": street + ", " + gather([name for name, _ in profile.localities], place),
        "zip": gather([code for _, code in profile.localities], place),
    }


def _digits(draws: Draws, width: int, n: int) -> pl.Series:
    return pl.Series(draws.below(10**width, n)).cast(pl.String).str.zfill(width)
