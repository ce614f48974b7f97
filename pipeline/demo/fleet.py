"""The two hundred tenants of the large demo: variations of a few kinds of organisation, of very
different size.

Totals over the fleet: 1,000,000 leads, 7 a lead milestones, 20 a lead engagements, 160,000
bookings, 10 a booking ledger entries. Every tenant gets its own share, mixture of sources, funnel
and payment habits.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from pipeline.demo.draws import Draws, Streams
from pipeline.demo.organisations.neithal import NEITHAL
from pipeline.demo.organisations.skyline import SKYLINE
from pipeline.demo.profile import Face, Profile, Project

TENANTS = 200
LEADS = 1_000_000
BOOKINGS_PER_LEAD = 0.16
ENTRIES_PER_BOOKING = 10.0

# The size of tenants relative to each other, smallest to largest: the largest has about 25 times
# the smallest.
_SIZES = (0.2, 0.35, 0.5, 0.8, 1.25, 2.0, 5.0)
_FIRST = (
    "Amber",
    "Banyan",
    "Coral",
    "Dhruva",
    "Ember",
    "Falcon",
    "Gulmohar",
    "Horizon",
    "Indigo",
    "Jasmine",
    "Kestrel",
    "Lotus",
    "Meridian",
    "Nilgiri",
    "Orchid",
    "Palash",
    "Quartz",
    "Rain Tree",
    "Saffron",
    "Teak",
)
_SECOND = (
    "Homes",
    "Habitats",
    "Estates",
    "Dwellings",
    "Townships",
    "Residences",
    "Realty",
    "Gardens",
    "Infra",
    "Living",
)
# Name, state, state code, postal code, latitude and longitude of the projects, languages.
_CITIES = (
    (
        "Bengaluru",
        "Karnataka",
        "29",
        "560001",
        12.99,
        77.61,
        {"kannada": 0.4, "hindi": 0.3, "telugu": 0.3},
    ),
    ("Chennai", "Tamil Nadu", "33", "600001", 13.01, 80.21, {"tamil": 0.8, "telugu": 0.2}),
    ("Pune", "Maharashtra", "27", "411001", 18.53, 73.86, {"marathi": 0.7, "hindi": 0.3}),
    ("Hyderabad", "Telangana", "36", "500001", 17.42, 78.41, {"telugu": 0.7, "urdu": 0.3}),
    ("Kochi", "Kerala", "32", "682001", 9.98, 76.31, {"malayalam": 0.9, "tamil": 0.1}),
    ("Kolkata", "West Bengal", "19", "700001", 22.54, 88.39, {"bengali": 0.8, "hindi": 0.2}),
    ("Ahmedabad", "Gujarat", "24", "380001", 23.04, 72.54, {"gujarati": 0.8, "hindi": 0.2}),
    ("Chandigarh", "Chandigarh", "04", "160001", 30.71, 76.79, {"punjabi": 0.7, "hindi": 0.3}),
)
_PLACES = ("Model Town", "Civil Lines", "Lake Gardens", "Old Town", "New Colony", "Hill View")
_PROJECTS = ("Heights", "Meadows")
_COLORS = ("#1f4e79", "#7a1f3d", "#1d5c4d", "#5b3a8c", "#8a3b12", "#0f5c7a", "#3d4f12", "#6b2140")


def fleet(seed: int, tenants: int = TENANTS, leads: int = LEADS) -> tuple[Profile, ...]:
    """Profiles of `tenants` organisations with `leads` leads together."""
    draws = Streams(seed, "fleet")("profiles")
    weight = draws.spread(_SIZES, tenants)
    shares = np.floor(weight / weight.sum() * leads).astype(int)
    shares[np.argmax(shares)] += leads - shares.sum()
    return tuple(_profile(draws, number, int(shares[number])) for number in range(tenants))


def _profile(draws: Draws, number: int, leads: int) -> Profile:
    model = SKYLINE if number % 3 else NEITHAL
    vary = draws.between(0.75, 1.3, 40)
    name = f"{_FIRST[number % len(_FIRST)]} {_SECOND[number // len(_FIRST) % len(_SECOND)]}"
    city, state, code, pin, latitude, longitude, languages = _CITIES[number % len(_CITIES)]
    # More people for more leads: about 400 leads an owner.
    staffed = max(1, round(leads / 400 / sum(team.members for team in model.teams)))
    return replace(
        model,
        id=f"t{number + 1:03d}-{name.lower().replace(' ', '-')}",
        prefix=f"T{number + 1:03d}",
        face=_face(name, number, city, state, code, pin),
        leads=leads,
        funnel=replace(model.funnel, booked=0.128, reengaged=0.06),
        sources=tuple(
            replace(source, share=source.share * float(v), quality=source.quality * float(v))
            for source, v in zip(model.sources, vary[1:], strict=False)
        ),
        teams=tuple(replace(team, members=team.members * staffed) for team in model.teams),
        projects=_projects(model, number, city, latitude, longitude),
        localities=tuple((place, pin) for place in _PLACES),
        languages=languages,
        growth=float(draws.between(0.8, 1.8, 1)[0]),
        milestones_per_lead=7.0,
        engagements_per_lead=20.0,
        bookings_per_lead=BOOKINGS_PER_LEAD,
        entries_per_booking=ENTRIES_PER_BOOKING,
        native_names=0.1 if set(languages) & {"tamil", "marathi"} else 0.0,
        dates="ISO",
        zoned_timestamps=True,
        signed_today=0,
        curated=False,
    )


def _projects(
    model: Profile, number: int, city: str, latitude: float, longitude: float
) -> tuple[Project, ...]:
    """The model's projects under other names in another city."""
    return tuple(
        replace(
            project,
            name=f"{_FIRST[number % len(_FIRST)]} {_PROJECTS[index]}",
            locality=f"{_PLACES[(number + index) % len(_PLACES)]}, {city}",
            latitude=latitude + 0.03 * index,
            longitude=longitude - 0.02 * index,
        )
        for index, project in enumerate(model.projects)
    )


def _face(name: str, number: int, city: str, state: str, code: str, pin: str) -> Face:
    slug = name.lower().replace(" ", "-")
    return Face(
        name=name,
        legal_name=f"{name} Private Limited",
        address=(f"{number + 1} Example Road", f"{city} {pin}", state),
        city=city,
        state=state,
        state_code=code,
        color=_COLORS[number % len(_COLORS)],
        footer=f"{name} Private Limited, {city}.",
        domain=f"{slug}.example",
        head=("Head of Sales", "head"),
        finance=("Accounts", "accounts"),
    )
