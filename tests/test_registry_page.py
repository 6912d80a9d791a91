"""Promise: the registry shows every station as it is, in both languages; what a station says stays in its place."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import msgspec
import pytest

from registry.config import RegistryConfig, read_config
from registry.fleet import AlarmLine, Fleet, FleetView, StationLine
from registry.pages import REGISTRY_WORDS, create_pages
from registry.presence import PRESENCE_BYTES_MAX, PresenceBook
from station.errors import WrongUseError
from station.pages.live import Live
from tests.reporting_stations import NOW_S, Books, ReportingStation
from tests.uploading_stations import SameProcess

ROOT = Path(__file__).parent.parent
TEMPLATES = ROOT / "registry" / "templates"
SHARED_PARTS = ROOT / "station" / "pages" / "templates" / "ratio_parts.html"
EVIL = "<script>alert(1)</script>"


@pytest.fixture
def books(tmp_path: Path) -> Iterator[Books]:
    station = ReportingStation(tmp_path / "station")
    books = Books(tmp_path / "registry", station)
    books.mirror.take("t-01", station.batch(), NOW_S)
    yield books
    books.close()
    station.close()


def state_of(*, online: bool = True, journal_size: int = 1, **more: object) -> bytes:
    words = {"online": online, "boot": "b", "version": "0", "policy": "p@1", "journal_size": journal_size}
    return json.dumps({**words, **more}).encode()


def asked(view: FleetView, path: str) -> httpx.Response:
    with httpx.Client(transport=SameProcess(create_pages(lambda: view, Live())), base_url="http://registry") as http:
        return http.get(path)


def line_of(books: Books) -> StationLine:
    (line,) = Fleet("测试", books.enrolments, books.ledger, books.mirror).view("").stations
    return line


def test_the_page_shows_stations_and_alarms_and_escapes_what_they_say() -> None:
    line = StationLine("t-01", True, "2026-11-21T08:30:12.250Z", 12_345, 12_000, 2)  # noqa: FBT003 - a row
    view = FleetView(EVIL, EVIL, (line,), (AlarmLine(EVIL, EVIL, "2026-11-21T08:30:12.250Z"),))
    page = asked(view, "/")
    assert page.status_code == 200
    for words in ("在线", "online", "t-01", "12,345", "12,000", "2026-11-21 08:30:12", "告警", "Alarms"):
        assert words in page.text
    assert EVIL not in page.text
    assert "default-src 'self'" in page.headers["content-security-policy"]
    assert asked(view, "/api/v1/fleet").json()["stations"][0]["witnessed_size"] == 12_000
    assert asked(view, "/healthz").text == "ok\n"


def test_an_empty_registry_says_so() -> None:
    page = asked(FleetView("r", "", (), ()), "/").text
    assert "尚无已登记的采集站" in page
    assert "无告警" in page


@pytest.mark.parametrize("path", ["/docs", "/openapi.json", "/api/v1/uploads", "/../registry.toml", "/stations"])
def test_every_other_path_is_closed(path: str) -> None:
    assert asked(FleetView("r", "", (), ()), path).status_code == 404


def test_every_word_of_the_templates_is_in_both_languages() -> None:
    said = {
        words
        for template in (*TEMPLATES.glob("*.html"), SHARED_PARTS)
        for call in re.findall(r"\{\{ (?:t|zh)\((.*?)\) \}\}|for name in \((.*?)\) %", template.read_text("utf-8"))
        for words in re.findall(r'"([^"]+)"', "".join(call))
    }
    assert said == set(REGISTRY_WORDS)
    assert all(re.search("[一-鿿]", chinese) for chinese in REGISTRY_WORDS.values())


def test_what_a_station_says_is_shown_with_when_it_said_it(books: Books) -> None:
    presence = PresenceBook(books.enrolments, books.ledger, books.mirror)
    presence.hear("t-01", state_of(journal_size=9), NOW_S + 5, kept=False)
    line = line_of(books)
    assert (line.online, line.journal_size, line.heard_at[11:19]) == (True, 9, "00:00:05")
    presence.hear("t-01", state_of(online=False, journal_size=9), NOW_S + 9, kept=True)
    assert (line_of(books).online, line_of(books).heard_at) == (False, line.heard_at)
    assert line_of(books).witnessed_size == 1
    presence.hear("t-09", state_of(), NOW_S, kept=False)
    assert set(books.ledger.sightings()) == {"t-01"}
    assert books.codes() == []


def test_a_journal_smaller_than_what_was_witnessed_is_an_alarm_at_birth(books: Books) -> None:
    presence = PresenceBook(books.enrolments, books.ledger, books.mirror)
    presence.hear("t-01", state_of(journal_size=0), NOW_S, kept=True)
    presence.hear("t-01", state_of(online=False, journal_size=0), NOW_S, kept=False)
    presence.hear("t-01", state_of(journal_size=1), NOW_S, kept=False)
    assert books.codes() == []
    presence.hear("t-01", state_of(journal_size=0), NOW_S, kept=False)
    (alarm,) = books.alarms()
    assert (alarm.code, alarm.ours) == ("JOURNAL_SHRANK", str(books.mirror.newest("t-01")))
    assert line_of(books).alarms == 1


@pytest.mark.parametrize(
    "said",
    [
        b"",
        b"hello",
        b"\xff",
        b"[" * 4_000,
        state_of(more=1),
        state_of(boot=None),
        state_of(journal_size=-1),
        state_of(version="x" * 300),
        state_of() + b" " * PRESENCE_BYTES_MAX,
    ],
)
def test_a_state_nobody_can_read_is_an_alarm(books: Books, said: bytes) -> None:
    before = line_of(books)
    PresenceBook(books.enrolments, books.ledger, books.mirror).hear("t-01", said, NOW_S, kept=False)
    assert books.codes() == ["STATE_UNREADABLE"]
    assert msgspec.structs.replace(line_of(books), alarms=0) == before


CONFIG = """
name = "银川"
witness = "w+00000000+x"
broker = { host = "broker.example" }
api = { host = "10.0.0.1" }
"""


def test_a_configuration_is_read_and_its_paths_made_whole(tmp_path: Path) -> None:
    path = tmp_path / "registry.toml"
    path.write_text(f'{CONFIG}data = "here"\n', encoding="utf-8")
    config: RegistryConfig = read_config(path)
    assert config.data == str(tmp_path / "here")
    assert (config.ca, config.key) == (str(tmp_path / "ca.pem"), str(tmp_path / "tls.key"))
    assert config.signer == "/run/dockward-registry/signer.sock"
    assert (config.broker.port, config.broker.protocol, config.api.port) == (8883, "5", 8443)


@pytest.mark.parametrize(
    ("change", "wrong"),
    [
        (("name", "nam"), "nam"),
        (('host = "10.0.0.1"', 'host = "10.0.0.1", tls = false'), "tls"),
        (('host = "broker.example"', ""), "host"),
        (('"broker.example"', '"x", protocol = "4"'), "protocol"),
        (('"10.0.0.1" }', '"10.0.0.1" }\npages = { host = "0.0.0.0" }'), "pages"),
        (("=", ""), "line 2"),
    ],
)
def test_a_configuration_that_is_wrong_says_where(tmp_path: Path, change: tuple[str, str], wrong: str) -> None:
    path = tmp_path / "registry.toml"
    path.write_text(CONFIG.replace(*change, 1), encoding="utf-8")
    with pytest.raises(WrongUseError, match=wrong):
        read_config(path)
    with pytest.raises(WrongUseError, match="name the configuration"):
        read_config(tmp_path / "nowhere.toml")
