"""What describes one synthetic sales organisation: data only.

Sizes, funnel, sources, campaigns, teams, projects, payment habits and the organisation's public
face. The hand-written ones are in `organisations/`, the two hundred of the large demo in
`fleet.py`; the simulation reads nothing else about a tenant.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from pipeline.demo.draws import Spread


@dataclass(frozen=True)
class SourceProfile:
    """A lead source. `share` of leads, `quality` of its buyers (1 = average), `answers` = how
    reachable.
    """

    code: str
    name: str
    type: str
    channel: str
    share: float
    quality: float
    answers: float = 1.0
    subsource: str | None = None
    active: bool = True


@dataclass(frozen=True)
class CampaignPlan:
    """A campaign that runs `days` from the first of `month` in every year of the window, or always.

    It takes `pull` of the leads of its `sources` while it runs, after drawing `lift` of their leads
    from the rest of the year into its days (an expo's visitors come to the expo: 1). It spends
    `budget` (rupees a run) times `burn`; `burn` None = nobody recorded the spend.
    """

    code: str
    name: str
    type: str
    sources: tuple[str, ...]
    budget: int
    month: int | None = None
    days: int = 30
    pull: float = 0.6
    lift: float = 0.0
    burn: float | None = 0.96
    quality: float = 1.0
    expected_roi: float = 2000.0


@dataclass(frozen=True)
class TeamProfile:
    """Owners who work alike: `response` in minutes to the first touch, `skill` in closing (1 =
    average).
    """

    name: str
    members: int
    share: float
    response: Spread
    skill: float = 1.0
    sources: tuple[str, ...] = ()


@dataclass(frozen=True)
class StepProfile:
    """A line of a payment plan: `share` of the price, due `due_days` after it is raised.

    Raised `days` after the booking, or, with `stage`, when the project reaches that construction
    stage.
    """

    label: str
    share: float
    days: int = 0
    stage: int | None = None
    due_days: int = 15


@dataclass(frozen=True)
class UnitType:
    """Prices in lakh (100,000) of rupees, tax excluded; `weight` = share of the bookings."""

    name: str
    low: float
    high: float
    weight: float
    units: int = 1


@dataclass(frozen=True)
class Project:
    """A place that is visited and sold. Days are relative to as_of; negative = past.

    `stages` are the days on which construction stages of the first phase are certified (demands go
    out then), `handover` the day of delivery promised; `handover_after` instead counts from each
    booking.
    """

    name: str
    locality: str
    latitude: float
    longitude: float
    share: float
    units: tuple[UnitType, ...]
    plan: tuple[StepProfile, ...]
    stages: tuple[int, ...] = ()
    handover: int | None = None
    handover_after: int | None = None
    sold_through: float = 0.7
    tax: float = 0.05
    numbering: str = "tower"


@dataclass(frozen=True)
class FunnelProfile:
    """Step probabilities of an average lead and delays in days.

    `booked` is the share of leads with a booking by as_of that the steps are scaled to.
    """

    booked: float
    contacted: float = 0.86
    visited: float = 0.42
    proposed: float = 0.55
    negotiated: float = 0.68
    closed: float = 0.62
    to_visit: Spread = (0.5, 1, 2, 4, 9, 18, 45)
    to_proposal: Spread = (0.2, 1, 3, 7, 14, 25, 60)
    to_negotiation: Spread = (0.2, 1, 3, 6, 12, 24, 50)
    to_booking: Spread = (0.2, 1, 3, 7, 15, 30, 75)
    to_loss: Spread = (3, 8, 16, 32, 60, 90, 160)
    weekend_visits: float = 0.62
    reengaged: float = 0.07
    demo: float = 0.3


@dataclass(frozen=True)
class Payers:
    """Shares of customers by habit, and how often things go wrong with a booking or its account."""

    prompt: float = 0.4
    loan: float = 0.28
    slow: float = 0.19
    partial: float = 0.1
    defaulter: float = 0.03
    cancelled: float = 0.075
    on_hold: float = 0.02
    pending: float = 0.3
    tax_deducted: float = 0.3
    discounted: float = 0.08


@dataclass(frozen=True)
class Face:
    """What a tenant file says about the organisation."""

    name: str
    legal_name: str
    address: tuple[str, ...]
    city: str
    state: str
    state_code: str
    color: str
    footer: str
    domain: str
    head: tuple[str, str]
    finance: tuple[str, str]


@dataclass(frozen=True)
class Profile:
    """One tenant of the demo. `*_per_lead` and the like are totals that the simulation is filled up
    to.
    """

    id: str
    prefix: str
    face: Face
    leads: int
    funnel: FunnelProfile
    sources: tuple[SourceProfile, ...]
    campaigns: tuple[CampaignPlan, ...]
    teams: tuple[TeamProfile, ...]
    projects: tuple[Project, ...]
    localities: tuple[tuple[str, str], ...]
    languages: dict[str, float]
    payers: Payers = field(default_factory=Payers)
    growth: float = 1.25
    native_names: float = 0.0
    business: bool = False
    quiet_today: bool = False
    signed_today: int = 0
    dates: str = "ISO"
    zoned_timestamps: bool = True
    milestones_per_lead: float = 3.3
    engagements_per_lead: float = 5.6
    bookings_per_lead: float | None = None
    entries_per_booking: float | None = None
    curated: bool = False
