import os
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest

from pipeline.config.registry import load_registry
from pipeline.config.workspace import Workspace
from pipeline.core.errors import ConfigError

SKYLINE = """
name: Skyline Homes
address: [14 Residency Road, Bengaluru 560025]
brand: {color: "#0b5fa5"}
reports:
  daily_summary:
    schedule: "0 8 * * 1-6"
    recipients: [{email: head@skyline.example, name: Head of Sales}]
    when_empty: send_notice
"""


def write(workspace: Workspace, name: str, text: str) -> None:
    (workspace.tenants_dir / name).write_text(text, encoding="utf-8")


def problems(workspace: Workspace) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        load_registry(workspace)
    return str(caught.value).splitlines()


def test_a_tenant_file_becomes_a_frozen_tenant(workspace: Workspace) -> None:
    write(workspace, "skyline.yaml", SKYLINE)
    tenant = load_registry(workspace).tenant("skyline")
    assert tenant.id == "skyline"
    assert tenant.fiscal_year_start == 4
    assert tenant.reports["daily_summary"].recipients[0].email == "head@skyline.example"
    with pytest.raises(ValueError, match="frozen"):
        tenant.name = "Other"  # type: ignore[misc]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("colour: red", "t.yaml: colour: unknown key"),
        ("brand: {color: red}", "t.yaml: brand.color: "),
        ("brand: {logo: ../../etc/passwd}", "t.yaml: brand.logo: "),
        ("brand: {logo: none.svg}", "no file none.svg beside the tenant file"),
        ("timezone: Mars/Base", 'expected an IANA time zone, for example "Asia/Kolkata"'),
        ("timezone: ../../etc/passwd", "expected an IANA time zone"),
        ("locale: xx_YY", 'expected a locale, for example "en_IN"'),
        ("currency: RUPEE", "expected an ISO 4217 currency code"),
        ("currency: KWD", "KWD is counted to 3 decimals"),
        ("currency: JPY", "JPY is counted to no decimals"),
        ("realty: {grace: 7}", "t.yaml: realty.grace: unknown key"),
        ("realty: {interest: {grace: never}}", "t.yaml: realty.interest.grace: "),
        ("realty: {tds: {percent: 101}}", "t.yaml: realty.tds.percent: "),
        ("realty: {tds: {percent: one}}", "t.yaml: realty.tds.percent: expected a number"),
        ("realty: {reminders: [14, 7]}", "expected days overdue, at least 1, each more than"),
        ("realty: {reminders: [0]}", "expected days overdue, at least 1, each more than"),
        (
            "realty: {brokerage: {steps: [{received: 10, share: 60}, {received: 20, share: 41}]}}",
            "expected shares that are 100 together, or less",
        ),
        ("fiscal_year_start: 13", "t.yaml: fiscal_year_start: "),
        ("fiscal_year_start: '4'", "t.yaml: fiscal_year_start: "),
        ("sources: [crm]", "no source 'crm'; sources.yaml has inbox"),
        ("funnel: [contacted, booking]", "beginning with lead_generated and including booking"),
        ("funnel: [lead_generated, magic, booking]", "expected stages of lead_generated"),
        ("reports: {weekly: {schedule: '0 8 * * *'}}", "no such report: weekly"),
        ("reports: {daily_summary: {schedule: '0 8 * *'}}", "expected a cron of five fields"),
        ("reports: {daily_summary: {schedule: '61 8 * * *'}}", "expected a cron of five fields"),
        (
            "reports: {daily_summary: {schedule: '0 8 * * *', recipients: [{email: 'a@b, c@d'}]}}",
            "t.yaml: reports.daily_summary.recipients.0.email: ",
        ),
        (
            "reports: {daily_summary: {schedule: '0 8 * * *',"
            " recipients: [{email: a@b.example}, {email: A@b.example}]}}",
            "each address once",
        ),
        ("name: again", "key name appears twice"),
        ("id: other", "the file's name is the tenant's id"),
        ("- a list", "not readable as YAML"),
    ],
)
def test_a_mistake_names_file_key_and_expectation(
    workspace: Workspace, line: str, expected: str
) -> None:
    write(workspace, "t.yaml", f"name: T\n{line}\n")
    assert any(expected in problem for problem in problems(workspace)), problems(workspace)


def test_every_problem_of_every_file_is_reported_at_once(workspace: Workspace) -> None:
    write(workspace, "good.yaml", SKYLINE)
    write(workspace, "Bad Name.yaml", "name: X\n")
    write(workspace, "other.yaml", "nam: X\ncolor: 1\n")
    found = problems(workspace)
    assert {line.split(":")[0] for line in found} == {"Bad Name.yaml", "other.yaml"}
    assert len(found) == 4


def test_a_source_describes_the_inbox_files_of_its_tenants(workspace: Workspace) -> None:
    workspace.sources_file.write_text("branch: {date_format: DD/MM/YYYY, delimiter: ';'}\n")
    write(workspace, "t.yaml", "name: T\nsources: [branch]\n")
    name, source = load_registry(workspace).file_source("t")
    assert (name, source.delimiter, source.date_format) == ("branch", ";", "DD/MM/YYYY")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("x: {encoding: klingon}", "sources.yaml: x.encoding: expected a text encoding"),
        ("x: {delimiter: ','}\ny: {delimiter: ',', decimal: ','}", "cannot both be ','"),
        ("x: {date_format: guess}", "sources.yaml: x.date_format: "),
    ],
)
def test_a_mistake_in_sources_is_named_too(workspace: Workspace, text: str, expected: str) -> None:
    workspace.sources_file.write_text(text)
    assert any(expected in problem for problem in problems(workspace))


def test_an_unknown_tenant_lists_the_known_ones(workspace: Workspace) -> None:
    write(workspace, "skyline.yaml", SKYLINE)
    with pytest.raises(ConfigError, match="no tenant 'sky'; there are skyline"):
        load_registry(workspace).tenant("sky")


def test_recipients_outside_the_allowed_domains_are_named(workspace: Workspace) -> None:
    text = (
        "name: Skyline\n"
        "email: {sender: reports@skyline.example, allowed_domains: [Skyline.example]}\n"
        "reports:\n"
        "  daily_summary:\n"
        "    schedule: ['0 8 * * 1-5', '0 10 * * 6']\n"
        "    recipients: [{email: a@SKYLINE.example}, {email: b@elsewhere.example}]\n"
    )
    (workspace.tenants_dir / "skyline.yaml").write_text(text)
    with pytest.raises(ConfigError) as raised:
        load_registry(workspace)
    assert str(raised.value) == (
        "skyline.yaml: email.allowed_domains has skyline.example;"
        " recipients elsewhere: b@elsewhere.example"
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("name: T\nmailing: {holidays: [2026-02-30]}\n", "day is out of range"),
        ("name: &n T\nlegal_name: *n\n", "it has an alias"),
        ("name: T\n" + "#" * 1_000_001, "longer than 1,000,000 bytes"),
    ],
)
def test_what_cannot_be_read_is_a_problem_of_its_file(
    workspace: Workspace, text: str, said: str
) -> None:
    (workspace.tenants_dir / "t.yaml").write_text(text)
    with pytest.raises(ConfigError, match=f"t.yaml: not readable as YAML: .*{said}"):
        load_registry(workspace)


@pytest.mark.parametrize("make", [Path.mkdir, lambda path: os.mkfifo(path)], ids=["folder", "pipe"])
def test_what_is_named_like_a_tenant_file_and_is_none_is_said_and_hangs_nothing(
    workspace: Workspace, make: Callable[[Path], None]
) -> None:
    make(workspace.tenants_dir / "t.yaml")
    with pytest.raises(ConfigError, match="t.yaml: not readable as YAML"):
        load_registry(workspace)


def test_two_files_of_one_tenant_are_a_mistake(workspace: Workspace) -> None:
    for ending in ("yaml", "yml"):
        (workspace.tenants_dir / f"t.{ending}").write_text("name: T\n")
    with pytest.raises(ConfigError, match="t.yml: t has another file beside this; keep one"):
        load_registry(workspace)


def test_rules_of_realty_have_defaults_and_keep_their_digits(workspace: Workspace) -> None:
    write(workspace, "plain.yaml", "name: Plain\n")
    text = "name: Own\nrealty: {tds: {percent: 0.1}, interest: {grace_days: 7}, reminders: [3]}\n"
    write(workspace, "own.yaml", text)
    tenants = load_registry(workspace).tenants
    plain, own = tenants["plain"].realty, tenants["own"].realty
    assert (plain.tds.percent, plain.tds.threshold) == (Decimal(1), Decimal(5_000_000))
    assert [step.model_dump() for step in plain.brokerage.steps] == [
        {"received": 20, "agreement": True, "share": 100}
    ]
    assert own.tds.percent == Decimal("0.1")
    assert (own.interest.grace_days, own.interest.grace, own.reminders) == (7, "due_date", (3,))
    assert "interest.grace_days" in set(plain.never_set())
    assert "interest.grace_days" not in set(own.never_set())
    assert {"interest.gst", "forfeiture.percent"} <= set(own.never_set())


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("timezon: Asia/Kolkata", r"unknown key \(did you mean timezone\?\)"),
        ("sources: inbox", r"expected a list, for example \[one, two\]"),
        ('mailing: {latest: "8"}', 'expected a time of day, for example "07:30"'),
        ("legal_name: No", "YAML reads an unquoted Yes, No"),
        (
            "reports: {daily_summary: {schedule: '0 8 31 2 *'}}",
            "names a day that never comes",
        ),
    ],
)
def test_what_is_wrong_is_said_in_words(workspace: Workspace, line: str, message: str) -> None:
    (workspace.tenants_dir / "skyline.yaml").write_text(f"name: Skyline\n{line}\n")
    with pytest.raises(ConfigError, match=message) as caught:
        load_registry(workspace)
    assert "tuple" not in str(caught.value)
    assert "pattern" not in str(caught.value)


def test_a_clock_time_that_yaml_takes_for_a_number_is_the_time(workspace: Workspace) -> None:
    (workspace.tenants_dir / "skyline.yaml").write_text("name: S\nmailing: {latest: 11:00}\n")
    assert load_registry(workspace).tenants["skyline"].mailing.latest == "11:00"


def test_a_column_that_no_entity_has_is_told_what_is_near(workspace: Workspace) -> None:
    workspace.sources_file.write_text("src: {columns: {leads: {statuss: Stage}}}\n")
    with pytest.raises(ConfigError, match=r"column statuss \(did you mean status\?\)"):
        load_registry(workspace)


def test_yaml_that_leads_back_to_itself_is_an_error_and_no_endless_walk(
    workspace: Workspace,
) -> None:
    workspace.sources_file.write_text("src: &a {values: {leads: *a}}\n")
    with pytest.raises(ConfigError):
        load_registry(workspace)
