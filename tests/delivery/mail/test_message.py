"""A mail's bytes: the same each time, readable by any parser, and closed to what data may try."""

from __future__ import annotations

import base64
import email
from dataclasses import replace
from datetime import date, datetime
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.policy import default
from email.utils import parseaddr
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from pipeline.core.errors import MilepostError
from pipeline.delivery.mail.headers import address, one_line
from pipeline.delivery.mail.message import (
    Attachment,
    Header,
    Letter,
    compose,
    file_name,
    message_id,
)

PNG = b"\x89PNG\r\n\x1a\n" + bytes(200)
DATA_URI = "data:image/png;base64," + base64.b64encode(PNG).decode()
HEADER = Header(
    message_id=message_id("ab" * 32, "reports@Skyline.example"),
    dated=datetime(2026, 4, 1, 8, 0, tzinfo=ZoneInfo("Asia/Kolkata")),
    sender=address("reports@skyline.example", "Skyline Homes"),
    recipient=address("head@skyline.example", "Head of Sales"),
    reply_to=address("asha@skyline.example"),
    unsubscribe="asha@skyline.example",
    request_mark="0123456789abcdef0123",
    tenant="skyline",
    report="daily_summary",
    as_of=date(2026, 3, 31),
    build_id="2026-03-31-abc",
)
LETTER = Letter(
    "Skyline Homes · 31 Mar · 42 new leads (+12), 3 bookings ₹2.4 Cr, 7 follow-ups overdue",
    "42 new leads, ₹2.4 Cr\n",
    f'<body><p>₹2.4 Cr</p><img src="{DATA_URI}" alt="a"><img alt="b" src=\'{DATA_URI}\'></body>',
    (Attachment("Skyline-2026-03-31.pdf", b"%PDF-1.7 \x00\xff" * 50, "application/pdf"),),
)
HEADERS = [
    *("Date", "From", "To", "Reply-To", "Subject", "Message-ID", "Auto-Submitted"),
    *("X-Auto-Response-Suppress", "List-Unsubscribe", "X-Milepost-Tenant", "X-Milepost-Report"),
    *("X-Milepost-As-Of", "X-Milepost-Build", "MIME-Version", "Content-Type"),
]


def parse(data: bytes) -> EmailMessage:
    message = email.message_from_bytes(data, policy=default)
    assert isinstance(message, EmailMessage)
    for part in message.walk():
        assert not part.defects
    return message


def test_a_mail_says_what_it_was_given() -> None:
    message = parse(compose(HEADER, LETTER))
    assert message["Subject"] == LETTER.subject
    assert message["To"].addresses[0].addr_spec == "head@skyline.example"
    assert str(message["From"]) == "Skyline Homes <reports@skyline.example>"
    assert message["Date"] == "Wed, 01 Apr 2026 08:00:00 +0530"
    assert message["Message-ID"] == f"<{'ab' * 20}@skyline.example>"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["List-Unsubscribe"] == (
        "<mailto:asha@skyline.example?subject=unsubscribe%20daily_summary%20skyline%20"
        "head%40skyline.example%200123456789abcdef0123>"
    )
    assert message["X-Milepost-Build"] == "2026-03-31-abc"
    assert list(message.keys()) == HEADERS
    text = message.get_body(("plain",))
    assert text is not None
    assert text.get_content().replace("\r\n", "\n") == LETTER.text
    [attached] = message.iter_attachments()
    assert attached.get_filename() == "Skyline-2026-03-31.pdf"
    assert attached.get_content() == LETTER.attachments[0].data


def test_pictures_become_one_related_part_that_the_html_points_to() -> None:
    message = parse(compose(HEADER, LETTER))
    kinds = [part.get_content_type() for part in message.walk()]
    assert kinds == [
        *("multipart/mixed", "multipart/alternative", "text/plain"),
        *("multipart/related", "text/html", "image/png", "application/pdf"),
    ]
    html = message.get_body(("html",))
    assert html is not None
    [picture] = [part for part in message.walk() if part.get_content_type() == "image/png"]
    cid = picture["Content-ID"].strip("<>")
    assert html.get_content().count(f"cid:{cid}") == 2
    assert "data:image" not in html.get_content()
    assert picture.get_content() == PNG
    assert picture.get_content_disposition() == "inline"


def test_the_bytes_are_the_same_each_time_and_fit_for_any_relay() -> None:
    data = compose(HEADER, LETTER)
    compose(HEADER, Letter("another", "between"))  # the last body is kept
    assert data == compose(HEADER, LETTER)
    data.decode("ascii")
    lines = data.split(b"\r\n")
    assert not any(b"\n" in line or b"\r" in line for line in lines)
    assert max(map(len, lines)) <= 998
    assert compose(replace(HEADER, message_id="<other@x>"), LETTER) != data


def test_a_letter_of_text_alone_is_one_part() -> None:
    message = parse(compose(HEADER, Letter("Hello", "text")))
    assert message.get_content_type() == "text/plain"


ATTACKS = (
    *("x\r\nBcc: evil@x.example", "x\nBcc: evil@x.example", "x\rBcc: evil@x.example"),
    *("x\u2028Bcc: evil@x.example", "x\u2029Bcc: e@x", "x\x85Bcc: e@x", "x\x0bBcc: e@x"),
    *("x\x0cBcc: e@x", "x\x1cBcc: e@x", "\r\n\r\n<script>", "a@b.example, evil@x.example"),
    *(
        '"<evil@x.example>',
        "=?utf-8?q?=0D=0ABcc:_evil@x.example?=",
        "x\x00y",
        "\ud800",
        "\u202egnp",
    ),
    *("a" * 2000, "ळ" * 500, "🏠" * 200, ';, <>@:\\"()[]', ""),
)


@settings(max_examples=150, deadline=None)
@given(st.one_of(st.sampled_from(ATTACKS), st.text(max_size=200)), st.sampled_from(ATTACKS))
def test_no_text_can_begin_a_header_or_become_an_address(text: str, other: str) -> None:
    header = replace(
        HEADER,
        recipient=address("head@skyline.example", text),
        sender=address("reports@skyline.example", other),
        build_id=text,
        tenant=other,
    )
    attachment = Attachment(text, b"x", "application/pdf")
    data = compose(header, Letter(text, text, f"<body>{other}{text}</body>", (attachment,)))
    message = parse(data)
    assert list(message.keys()) == HEADERS
    assert [a.addr_spec for a in message["To"].addresses] == ["head@skyline.example"]
    assert [a.addr_spec for a in message["From"].addresses] == ["reports@skyline.example"]
    [attached] = message.iter_attachments()
    assert attached.get_filename() == file_name(text)
    assert len(list(message.walk())) == 5


@settings(max_examples=300, deadline=None)
@given(st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]), max_size=300))
@example("Skyline Homes · 31 Mar · 42 new leads (+12), 3 bookings ₹2.4 Cr, 7 follow-ups overdue")
@example("विवरण " * 30)
@example("ஸ்கைலைன்இல்லங்கள்ஸ்கைலைன்இல்லங்கள்ஸ்கைலைன்இல்லங்கள்ஸ்கைலைன்இல்லங்கள்")
def test_subjects_and_names_in_any_script_arrive_as_written(text: str) -> None:
    header = replace(HEADER, recipient=address("head@skyline.example", text))
    data = compose(header, Letter(text, "text"))
    assert " ".join(parse(data)["Subject"].split()) == one_line(text)
    # The older parser: the newer one puts spaces between encoded words of a name (RFC 2047, 6.2).
    name, spec = parseaddr(email.message_from_bytes(data)["To"].replace("\r\n", ""))
    assert str(make_header(decode_header(name))) == one_line(text)
    assert spec == "head@skyline.example"


@pytest.mark.parametrize(
    "text",
    [
        *("a@b.example, c@d.example", "a@b.example;c@d.example", "<a@b.example>", "a b@c.example"),
        *("a@b.example\r\nBcc: c@d.example", "a", "", "@", "a@", "a@b@c", "प@x.example"),
    ],
)
def test_what_is_not_one_address_is_refused(text: str) -> None:
    with pytest.raises(MilepostError, match="address"):
        address(text)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("../../etc/passwd", "passwd"),
        ("..\\..\\boot.ini", "boot.ini"),
        (".bashrc", "bashrc"),
        ("a\r\nContent-Type: text/html.pdf", "html.pdf"),
        ('x"; filename=evil.exe', "x__ filename_evil.exe"),
        ("विवरण मार्च.pdf", "विवरण मार्च.pdf"),
        ("invoice\u202efdp.exe", "invoice_fdp.exe"),
        ("", "attachment"),
        ("...", "attachment"),
        ("x" * 300 + ".xlsx", "x" * 76 + ".xlsx"),
        ("CON", "CON"),
    ],
)
def test_file_names_are_only_names(text: str, name: str) -> None:
    assert file_name(text) == name


@given(st.text(max_size=300))
def test_every_file_name_is_short_and_visible(text: str) -> None:
    name = file_name(text)
    assert 0 < len(name) <= 81
    assert not name.startswith((".", "-", " "))
    assert not set(name) & set('/\\"\r\n\0:*?<>|')
    assert file_name(name) == name


def test_a_long_name_keeps_the_day_at_its_end() -> None:
    name = file_name(f"{'Skyline Homes and Estates ' * 5}sales-dashboard-2026-03-31.pdf")
    assert name.endswith("2026-03-31.pdf")
    assert len(name) <= 81
