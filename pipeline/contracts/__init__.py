"""The source contract as code: one module an entity, in the order in which they are documented.

`docs/source-contract.md` is generated from here (`python -m pipeline.contracts`).
"""

from collections.abc import Mapping
from types import MappingProxyType

from pipeline.contracts.bookings import BOOKINGS
from pipeline.contracts.campaign_spend import CAMPAIGN_SPEND
from pipeline.contracts.campaigns import CAMPAIGNS
from pipeline.contracts.customers import CUSTOMERS
from pipeline.contracts.engagement import ENGAGEMENT
from pipeline.contracts.lead_sources import LEAD_SOURCES
from pipeline.contracts.leads import LEADS
from pipeline.contracts.ledger_entries import LEDGER_ENTRIES
from pipeline.contracts.milestones import MILESTONES
from pipeline.contracts.model import CONTRACT_VERSION, Column, Contract, HardRule, SoftRule, Type
from pipeline.contracts.realty.booking_parties import BOOKING_PARTIES
from pipeline.contracts.realty.brokerage_entries import BROKERAGE_ENTRIES
from pipeline.contracts.realty.channel_partners import CHANNEL_PARTNERS
from pipeline.contracts.realty.instalments import INSTALMENTS
from pipeline.contracts.realty.interest_rates import INTEREST_RATES
from pipeline.contracts.realty.projects import PROJECTS
from pipeline.contracts.realty.stages import STAGES
from pipeline.contracts.realty.units import UNITS
from pipeline.contracts.users import USERS

__all__ = [
    "CONTRACTS",
    "CONTRACT_VERSION",
    "Column",
    "Contract",
    "HardRule",
    "SoftRule",
    "Type",
]

CONTRACTS: Mapping[str, Contract] = MappingProxyType(
    {
        contract.entity: contract
        for contract in (
            LEADS,
            CUSTOMERS,
            LEAD_SOURCES,
            CAMPAIGNS,
            CAMPAIGN_SPEND,
            MILESTONES,
            ENGAGEMENT,
            BOOKINGS,
            LEDGER_ENTRIES,
            USERS,
            PROJECTS,
            UNITS,
            STAGES,
            INSTALMENTS,
            INTEREST_RATES,
            BOOKING_PARTIES,
            CHANNEL_PARTNERS,
            BROKERAGE_ENTRIES,
        )
    }
)
