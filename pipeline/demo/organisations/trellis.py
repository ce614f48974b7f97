"""Trellis Workspaces: office floors in Pune, sold or licensed by the month, to companies and
investors.
"""

from __future__ import annotations

from pipeline.demo.organisations.plans import OFFICE_LICENCE, OFFICE_SALE, SLOW, STEADY
from pipeline.demo.profile import (
    CampaignPlan,
    Face,
    Funnel,
    Payers,
    Profile,
    Project,
    Source,
    Team,
    UnitType,
)

TRELLIS = Profile(
    id="trellis",
    prefix="TRL",
    face=Face(
        name="Trellis Workspaces",
        legal_name="Trellis Workspaces Limited",
        address=("Trellis One, 5th floor", "Baner Road", "Pune 411045", "Maharashtra"),
        city="Pune",
        state="Maharashtra",
        state_code="27",
        color="#7c2d5e",
        footer="Offices that fit the team. Trellis Workspaces Limited, Pune.",
        domain="trellis.example",
        head=("Leasing Head", "leasing.head"),
        finance=("Receivables", "receivables"),
    ),
    leads=480,
    funnel=Funnel(
        booked=0.085, contacted=0.9, visited=0.48, proposed=0.62, negotiated=0.66, closed=0.55,
        to_visit=(1, 3, 5, 9, 16, 28, 60), to_proposal=(1, 2, 4, 8, 15, 28, 60),
        to_negotiation=(1, 4, 8, 15, 28, 45, 80), to_booking=(2, 6, 12, 22, 38, 60, 110),
        to_loss=(7, 15, 28, 50, 85, 120, 200), weekend_visits=0.08, reengaged=0.1, demo=0.45,
    ),
    sources=(
        Source("website", "Website", "website", "organic", 0.22, 0.9),
        Source("ipc", "Property consultants", "partner", "broker", 0.34, 1.5, 1.05,
        "Tenant representation"),
        Source("linkedin", "LinkedIn outreach", "social", "outbound", 0.18, 0.5, 0.9,
        "Facility heads"),
        Source("cold-call", "Outbound calls", "phone", "outbound", 0.14, 0.4, 0.88),
        Source("existing", "Existing tenants", "referral", "expansion", 0.08, 2.6, 1.08),
        Source("conclave", "Industry conclave", "event", "conference", 0.04, 1.0),
    ),
    campaigns=(
        CampaignPlan("LINKEDIN", "Facility heads on LinkedIn", "social", ("linkedin",), 800_000,
                     pull=0.8, expected_roi=3000),
        CampaignPlan("GCC", "Capability centres, outbound", "outbound", ("cold-call",), 320_000,
                     month=2, days=75, pull=0.8, lift=0.2, burn=0.85, expected_roi=1500),
        CampaignPlan("IPC", "Consultants' evening", "event", ("ipc",), 350_000,
                     month=9, days=45, pull=0.5, lift=0.04, expected_roi=4000),
        CampaignPlan("CONCLAVE", "Workplace conclave", "event", ("conclave",), 450_000,
                     month=11, days=40, pull=1.0, lift=1.0, burn=1.05, expected_roi=1200),
    ),
    teams=(
        Team("Enterprise", 3, 0.55, STEADY, 1.1),
        Team("SME and investors", 2, 0.45, SLOW, 0.9),
    ),
    projects=(
        Project(
            "Trellis One", "Baner", 18.5642, 73.7769, 0.6,
            (UnitType("Furnished floor 6,000 sq ft", 58, 72, 0.6),
            UnitType("Furnished suite 2,500 sq ft", 24, 32, 0.4)),
            OFFICE_LICENCE, sold_through=0.78, tax=0.18, numbering="floor",
        ),
        Project(
            "Trellis Exchange", "Kharadi", 18.5515, 73.9348, 0.4,
            (UnitType("Office 1,200 sq ft", 128, 160, 0.72), UnitType("Office floor 6,000 sq ft",
            640, 790, 0.28)),
            OFFICE_SALE, stages=(-400, -235, -104, 90), handover=150, sold_through=0.5, tax=0.12,
            numbering="floor",
        ),
    ),
    localities=(
        ("Baner", "411045"), ("Kharadi", "411014"), ("Hinjawadi Phase 1", "411057"),
        ("Koregaon Park", "411001"),
        ("Viman Nagar", "411014"), ("Shivajinagar", "411005"), ("Hadapsar", "411028"), ("Pimpri",
        "411018"),
    ),
    languages={"marathi": 0.55, "hindi": 0.16, "gujarati": 0.1, "kannada": 0.05, "punjabi": 0.04,
               "telugu": 0.04, "bengali": 0.03, "urdu": 0.03},
    payers=Payers(prompt=0.42, loan=0.08, slow=0.28, partial=0.16, defaulter=0.04, cancelled=0.17,
                  pending=0.5, tax_deducted=0.7),
    growth=1.35,
    native_names=0.35,
    business=True,
    quiet_today=True,
    engagements_per_lead=6.5,
    milestones_per_lead=3.9,
    curated=True,
)  # fmt: skip
