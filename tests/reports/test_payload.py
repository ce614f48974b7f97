import json
from datetime import date
from decimal import Decimal

import pytest
from pydantic import ValidationError

from pipeline.reports.payload import (
    Frozen,
    Money,
    Payload,
    Rate,
    SourceFreshness,
    content_key,
    read_payload,
)
from tests.reports.accounts import envelope


class Content(Frozen):
    total: Money
    rate: Rate | None = None
    name: str = "मीरा <b>"


def payload(**changes: object) -> Payload:
    content = Content(total=Decimal("12.5"), rate=1 / 3)
    return Payload(schema_name="test/1", envelope=envelope(**changes), content=content)


def test_json_is_canonical() -> None:
    text = payload().to_json()
    parts = json.loads(text)
    assert parts["content"] == {"name": "मीरा <b>", "rate": 0.333333333, "total": "12.50"}
    assert list(parts) == ["content", "envelope", "schema"]
    assert list(parts["envelope"]) == sorted(parts["envelope"])
    assert "मीरा".encode() in text
    assert text.endswith(b"}\n")


def test_json_reads_back_to_the_same_payload() -> None:
    before = payload()
    after = read_payload(before.to_json(), Content)
    assert after == before
    assert after.to_json() == before.to_json()


@pytest.mark.parametrize("value", ["1.005", "NaN", "Infinity"])
def test_money_has_two_decimals(value: str) -> None:
    with pytest.raises(ValidationError):
        Content(total=Decimal(value))


def test_no_negative_zero() -> None:
    content = Content(total=Decimal("-0.00"), rate=-0.0)
    assert '"0.00"' in content.model_dump_json()
    assert "-0" not in content.model_dump_json()


def test_content_hash_ignores_how_the_content_came_about() -> None:
    fresh = SourceFreshness(entity="leads", source_name="inbox", rows=3)
    again = payload(build_id="another", freshness=(fresh,))
    assert again.content_hash() == payload().content_hash()


@pytest.mark.parametrize("change", [{"marks": ("HELD",)}, {"as_of": date(2025, 9, 19)}])
def test_content_hash_changes_with_what_is_said(change: dict[str, object]) -> None:
    assert payload(**change).content_hash() != payload().content_hash()


def test_content_key_changes_with_the_renderer() -> None:
    said = payload().content_hash()
    assert content_key(said, "one") != content_key(said, "two")


def test_payloads_are_frozen() -> None:
    with pytest.raises(ValidationError):
        payload().envelope.as_of = date(2030, 1, 1)  # type: ignore[misc]
