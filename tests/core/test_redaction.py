"""Forty secrets planted in forty ways; none of them is in anything that is written."""

import base64
import json
import logging
import subprocess
import sys
from pathlib import Path
from urllib.parse import quote

import dagster as dg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.config.settings import secret
from pipeline.config.source import DatabaseSource
from pipeline.core import redaction
from pipeline.core.errors import ConfigError, MilepostError, contained
from pipeline.core.redaction import HIDDEN, redact, remember
from pipeline.defs.instance import stored_errors
from pipeline.doctor.finding import failed
from pipeline.sources.databases.connect import connect

ODD = "/@:#%+ =&'\"ä"
PLANTED = [f"s{n:02}-Zx{ODD[n % len(ODD)]}q{n * 7919}" for n in range(40)]


@pytest.fixture(autouse=True)
def nothing_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(redaction, "_known", [])


def forms(planted: str) -> list[str]:
    return [
        planted,
        quote(planted, safe=""),
        json.dumps(planted)[1:-1],
        repr(planted)[1:-1],
        base64.b64encode(planted.encode()).decode(),
        f"postgresql://reader:{planted}@db.example/crm",
        f"host=db password={planted}",
    ]


@pytest.mark.parametrize("number", range(40))
def test_a_secret_that_was_read_is_in_no_message(
    number: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    planted = PLANTED[number]
    monkeypatch.setenv("CRM", planted)
    assert secret("CRM") == planted
    for form in forms(planted):
        said = [redact(f"cannot open {form}!"), str(MilepostError(f"cannot open {form}!"))]
        said.append(str(failed("crm", str(MilepostError(form)), "mend it")))
        with pytest.raises(MilepostError) as raised, contained("skyline"):
            raise ValueError(form)
        said.append(str(raised.value))
        for text in said:
            assert planted not in text
            assert form not in text
            assert HIDDEN in text


@pytest.mark.parametrize("number", range(40))
@pytest.mark.parametrize(
    "shape", ["{}", "x {}", "//u:{}@h", "postgresql://u:{}@h:port/d", "{}@h/d"]
)
@pytest.mark.parametrize("kind", ["postgresql", "mysql"])
def test_an_address_that_is_none_is_not_quoted(
    number: int, shape: str, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    planted = PLANTED[number].replace("=", "-")
    monkeypatch.setenv("CRM", shape.format(planted))
    source = DatabaseSource(type=kind, url_env="CRM")  # type: ignore[arg-type]
    with (
        pytest.raises(ConfigError, match="source crm: CRM is no address") as said,
        connect("crm", source),
    ):
        pass
    assert planted not in str(said.value)
    assert said.value.__cause__ is None


@given(user=st.text(min_size=1), password=st.text(min_size=4))
def test_a_login_in_any_address_is_hidden_even_if_nobody_knows_it(user: str, password: str) -> None:
    login = f"{quote(user, safe='')}:{quote(password, safe='')}"
    assert login not in redact(f"could not reach mysql://{login}@db.example:3306/crm today")


@pytest.mark.parametrize(
    "text",
    [
        "42 new leads, password: none",
        "access denied for user 'reader'@'db' (using password: YES)",
        "see https://skyline.example/a?b=c and mail to head@skyline.example",
        "the token of the day",
    ],
)
def test_what_holds_no_secret_is_left_as_it_is(text: str) -> None:
    assert redact(text) == text


def test_what_dagster_stores_and_logs_holds_none(tmp_path: Path) -> None:
    for planted in PLANTED:
        remember(planted)
    stored_errors.install()

    @dg.op
    def breaks(context: dg.OpExecutionContext) -> None:
        context.log.info("it begins with %s", " ".join(PLANTED))
        logging.getLogger("driver").error("%s", PLANTED)
        try:
            raise ValueError(" ".join(PLANTED))
        except ValueError as error:
            raise RuntimeError(repr(PLANTED)) from error

    @dg.job
    def job() -> None:
        breaks()

    folder = tmp_path / "dagster"
    folder.mkdir()
    with dg.DagsterInstance.local_temp(str(folder)) as instance:
        job.execute_in_process(instance=instance, raise_on_error=False)
        events = instance.all_logs(instance.get_runs()[0].run_id)
        assert any("RuntimeError" in str(event) for event in events)
    written = b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())
    assert b"RuntimeError" in written
    for planted in PLANTED:
        for form in (planted, json.dumps(planted)[1:-1], repr(planted)[1:-1]):
            assert form.encode() not in written, planted


def test_what_ends_a_process_is_said_without_them() -> None:
    program = (
        "import logging, os\n"
        "from pipeline.config.settings import hide_secrets\n"
        "hide_secrets()\n"
        "logging.getLogger().error('reading %s', os.environ['CRM_URL'])\n"
        "raise ValueError(os.environ['SMTP_PASSWORD'])\n"
    )
    environment = {"CRM_URL": "mysql://a:s3cr3t-one@h/d", "SMTP_PASSWORD": "s3cr3t-two"}
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={"PYTHONPATH": str(Path(__file__).parents[2]), **environment},
        capture_output=True,
        text=True,
    )
    assert "ValueError" in done.stderr
    assert "reading" in done.stderr
    assert "s3cr3t" not in done.stderr
