"""Payment plans and response habits that the organisations share. Data only."""

from __future__ import annotations

from pipeline.demo.draws import Spread
from pipeline.demo.profile import StepProfile

# Construction-linked: 10 % to book, agreement, then a demand as each stage is certified.
CONSTRUCTION_LINKED = (
    StepProfile("Booking amount", 0.10, days=0, due_days=0),
    StepProfile("On agreement for sale", 0.10, days=30, due_days=15),
    StepProfile("On completion of foundation", 0.10, stage=0, due_days=21),
    StepProfile("On completion of basement and podium", 0.10, stage=1, due_days=21),
    StepProfile("On casting of 4th floor slab", 0.10, stage=2, due_days=21),
    StepProfile("On casting of 8th floor slab", 0.10, stage=3, due_days=21),
    StepProfile("On casting of 12th floor slab", 0.10, stage=4, due_days=21),
    StepProfile("On casting of terrace slab", 0.10, stage=5, due_days=21),
    StepProfile("On completion of brickwork and plaster", 0.10, stage=6, due_days=21),
    StepProfile("On offer of possession", 0.10, stage=7, due_days=30),
)
READY_TO_MOVE = (
    StepProfile("Booking amount", 0.10, days=0, due_days=0),
    StepProfile("On agreement for sale", 0.40, days=21, due_days=15),
    StepProfile("On registration and possession", 0.50, days=75, due_days=21),
)
PLOT = (
    StepProfile("Booking amount", 0.10, days=0, due_days=0),
    StepProfile("On sale agreement", 0.30, days=30, due_days=15),
    StepProfile("Second instalment", 0.30, days=75, due_days=15),
    StepProfile("On registration of sale deed", 0.30, days=130, due_days=15),
)
VILLA = (
    StepProfile("Booking amount", 0.10, days=0, due_days=0),
    StepProfile("On sale agreement", 0.20, days=30, due_days=15),
    StepProfile("On completion of plinth", 0.20, stage=0, due_days=21),
    StepProfile("On completion of roof slab", 0.20, stage=1, due_days=21),
    StepProfile("On completion of finishing", 0.20, stage=2, due_days=21),
    StepProfile("On handover of keys", 0.10, stage=3, due_days=30),
)
OFFICE_SALE = (
    StepProfile("Token advance", 0.05, days=0, due_days=0),
    StepProfile("On agreement to sell", 0.25, days=45, due_days=30),
    StepProfile("On completion of structure", 0.20, stage=0, due_days=30),
    StepProfile("On completion of facade and services", 0.20, stage=1, due_days=30),
    StepProfile("On occupancy certificate", 0.20, stage=2, due_days=30),
    StepProfile("On handover for fit-out", 0.10, stage=3, due_days=30),
)
# A year of licence fee is the booking's amount: two months' deposit, then monthly fee and
# maintenance.
OFFICE_LICENCE = (
    StepProfile("Security deposit (2 months)", 2 / 12, days=0, due_days=7),
    *(
        StepProfile(
            f"{kind}, month {month}", share, days=15 + round(30.4 * (month - 1)) + late, due_days=10
        )
        for month in range(1, 18)
        for kind, share, late in (("Licence fee", 1 / 12, 0), ("Common area maintenance", 0.014, 2))
    ),
)

# Minutes from enquiry to the first touch, by the discipline of a team.
FAST: Spread = (1, 3, 6, 14, 35, 110, 600)
STEADY: Spread = (4, 12, 28, 65, 170, 480, 1900)
SLOW: Spread = (15, 60, 150, 420, 1300, 2900, 9000)
