"""Neithal Villas: plots and villas on the coast south of Chennai. Its branch office writes
DD/MM/YYYY.
"""

from __future__ import annotations

from pipeline.demo.organisations.plans import FAST, PLOT, SLOW, STEADY, VILLA
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

NEITHAL = Profile(
    id="neithal",
    prefix="NEI",
    face=Face(
        name="Neithal Villas",
        legal_name="Neithal Plots and Villas LLP",
        address=("27 Kalki Krishnamurthy Salai", "Thiruvanmiyur", "Chennai 600041", "Tamil Nadu"),
        city="Chennai",
        state="Tamil Nadu",
        state_code="33",
        color="#0f766e",
        footer="Land you can stand on. Neithal Plots and Villas LLP, Chennai.",
        domain="neithal.example",
        head=("Sales Director", "sales.director"),
        finance=("Accounts", "accounts"),
    ),
    leads=1150,
    funnel=Funnel(
        booked=0.087, contacted=0.82, visited=0.46, proposed=0.5, weekend_visits=0.78,
        to_visit=(0.5, 2, 4, 7, 13, 24, 50), to_booking=(0.2, 1, 2, 5, 11, 24, 60),
        reengaged=0.08, demo=0.08,
    ),
    sources=(
        Source("website", "Website", "website", "organic", 0.13, 1.1, 1.0),
        Source("paper", "Tamil daily, Sunday page", "traditional", "print", 0.19, 0.75, 0.95,
        "Classified"),
        Source("fb", "Facebook lead form", "social", "paid social", 0.26, 0.45, 0.84,
        "Instant form"),
        Source("broker", "Local brokers", "partner", "broker", 0.15, 1.5, 1.08),
        Source("friends", "Friends and family", "referral", "word of mouth", 0.12, 2.2, 1.12),
        Source("nri-meet", "NRI meets abroad", "event", "roadshow", 0.05, 1.1, 0.98,
        "Singapore and Gulf"),
        Source("site-board", "Board at the site", "direct", "site", 0.10, 1.7, 1.14),
        Source("sms-blast", "Bulk SMS", "phone", "sms", 0.0, 1.0, active=False),
    ),
    campaigns=(
        CampaignPlan("PONGAL", "Pongal plot mela", "event", ("site-board", "paper", "broker"),
        420_000,
                     month=1, days=25, pull=0.6, lift=0.04, quality=1.2, expected_roi=2500),
        CampaignPlan("SUNDAY", "Sunday classifieds", "traditional", ("paper",), 1_150_000,
                     pull=0.8, expected_roi=1500),
        CampaignPlan("REELS", "Coast-road reels", "social", ("fb",), 950_000,
                     pull=0.75, expected_roi=1200),
        CampaignPlan("AADI", "Aadi offer", "traditional", ("paper", "fb"), 180_000,
                     month=7, days=31, pull=0.4, lift=0.04, burn=1.12, quality=0.85,
                     expected_roi=900),
        CampaignPlan("DEEPAVALI", "Deepavali gold coin", "digital", ("fb", "website"), 380_000,
                     month=10, days=40, pull=0.6, lift=0.08, quality=1.2, expected_roi=2200),
        CampaignPlan("NRI", "NRI roadshow", "event", ("nri-meet",), 600_000,
                     month=6, days=30, pull=1.0, lift=1.0, expected_roi=1800),
    ),
    teams=(
        Team("ECR team", 3, 0.5, STEADY, 1.1),
        Team("GST Road team", 3, 0.38, SLOW, 0.85),
        Team("NRI desk", 2, 0.12, FAST, 1.05, ("nri-meet",)),
    ),
    projects=(
        Project(
            "Neithal Dunes", "Kovalam, ECR", 12.7903, 80.2497, 0.7,
            (UnitType("Plot 1200 sq ft", 36, 44, 0.45), UnitType("Plot 1800 sq ft", 54, 66, 0.35),
             UnitType("Plot 2400 sq ft", 74, 90, 0.2)),
            PLOT, handover_after=160, sold_through=0.74, tax=0.0, numbering="plot",
        ),
        Project(
            "Neithal Grove", "Thiruporur", 12.7257, 80.1894, 0.3,
            (UnitType("3 BHK villa", 118, 142, 0.7), UnitType("4 BHK villa", 168, 210, 0.3)),
            VILLA, stages=(-350, -205, -92, 60), handover=-18, sold_through=0.58, numbering="villa",
        ),
    ),
    localities=(
        ("Adyar", "600020"), ("Velachery", "600042"), ("Tambaram West", "600045"),
        ("Anna Nagar West", "600040"),
        ("Mylapore", "600004"), ("Sholinganallur", "600119"), ("Porur", "600116"), ("Medavakkam",
        "600100"),
        ("Chromepet", "600044"), ("T Nagar", "600017"),
    ),
    languages={"tamil": 0.72, "telugu": 0.1, "malayalam": 0.06, "hindi": 0.05, "urdu": 0.04,
    "kannada": 0.03},
    payers=Payers(prompt=0.42, loan=0.2, slow=0.22, partial=0.13, defaulter=0.03, cancelled=0.13,
                  tax_deducted=0.12),
    growth=1.1,
    native_names=0.3,
    dates="DD/MM/YYYY",
    zoned_timestamps=False,
    engagements_per_lead=4.6,
    milestones_per_lead=3.2,
    signed_today=1,
    curated=True,
)  # fmt: skip
