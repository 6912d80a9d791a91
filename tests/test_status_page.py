"""The wall's page: what it says of each bay, what it never says, and what a browser may do with it."""

import asyncio
import dataclasses
import random
import re
from collections.abc import Mapping
from html.parser import HTMLParser
from pathlib import Path

import httpx
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from station.clock import ManualClock
from station.custody import observations as seen
from station.custody.docking import DockingStep
from station.custody.due_work import CLEARINGS_TRIED_MAX, Work
from station.custody.facts import Fact
from station.custody.judge import judge
from station.custody.state import State, apply
from station.errors import DockwardError
from station.pages.live import Live
from station.pages.words import PAGE_WORDS, SIGN_IN_WORDS
from station.stamp import Stamp
from station.views.charge import CHARGE_CALLED, CHARGE_WORDS
from station.views.desk_words import CAMERA_PLACES, CUSTODIAN_WORDS, DONE
from station.views.kiosk_words import KIOSK_WORDS
from station.views.office_words import OFFICE_WORDS
from station.views.status import BayStatus, Footage, Journal, StatusView, status
from station.views.words import (
    BAY_TROUBLE,
    CALLED,
    DESK_WORDS,
    LINK_TROUBLE,
    STATUS_WORDS,
    WORK_TROUBLES,
    Condition,
    Tone,
)
from station.web.app import columns, create_app
from station.web.panel_page import PANEL_PAGE_WORDS
from tests.histories import BAYS, POLICIES, World, play
from tests.plain_policy import PlainPolicy

ROOMS = Path(__file__).parent.parent / "station"
START = Stamp(utc_ms=1_795_219_200_000, boot_id="b1", boot_ms=0, synchronised=True)
DIGEST = "ab" * 32


class Heart:
    """Judge and apply alone, one bay under test."""

    def __init__(self, policy: PlainPolicy | None = None) -> None:
        self.policy = policy or PlainPolicy(cameras=frozenset({"T8-1"}))
        self.clock = ManualClock(START)
        self.state = State()
        self.tell(seen.JournalBegun(origin="dockward/test/t-01/1", log_key="t+1+key"))

    def set_roster(self, cameras: frozenset[str]) -> None:
        self.policy = dataclasses.replace(self.policy, cameras=cameras)

    def boot_again(self) -> None:
        now = self.clock.stamp()
        self.clock = ManualClock(replace(now, boot_id=f"{now.boot_id}+", boot_ms=0))

    def tell(self, *observations: seen.Observation) -> tuple[Fact, ...]:
        found: tuple[Fact, ...] = ()
        for observation in observations:
            self.clock.advance(1_000)
            found = judge(self.state, observation, self.policy, self.clock.stamp())
            for fact in found:
                self.state = apply(self.state, fact)
        return found

    @property
    def docking(self) -> int:
        docking = self.state.docking_in("1")
        assert docking is not None
        return docking.number

    def dock(self, camera: str = "T8-1") -> None:
        self.tell(seen.PresenceClosed(bay="1"))
        self.tell(
            seen.CameraIdentified(docking=self.docking, camera=camera, model="T8", clock_ahead_ms=0, clock_error_ms=1),
        )

    def read(self, *listings: str) -> None:
        for listing in listings:
            self.tell(
                seen.RecordingRead(
                    docking=self.docking,
                    listing=listing,
                    size_bytes=1_000,
                    sha256=DIGEST,
                    original_name="张三-夜间巡查.mp4",
                    begun_device_ms=None,
                    ended_device_ms=None,
                )
            )
        self.tell(seen.CameraListed(docking=self.docking, listings=frozenset(listings)))

    def sign_all(self) -> None:
        for n in sorted(self.state.recordings):
            self.tell(seen.StatementMade(recording=n, statement_sha256=DIGEST))

    def receive_all(self) -> None:
        for n in sorted(self.state.recordings):
            self.tell(seen.ReceiptVerified(recording=n, receipt_sha256=DIGEST))

    def clear(self, left: frozenset[str] = frozenset()) -> None:
        self.tell(seen.ClearingAsked(docking=self.docking), seen.DeletionsListed(docking=self.docking, listings=left))

    def make_ready(self) -> None:
        self.tell(
            seen.BatteryMeasured(docking=self.docking, percent=90, health_percent=None),
            seen.ClockWasSet(docking=self.docking, clock_ahead_ms=0, clock_error_ms=1),
        )

    def shown(self, **troubles: str) -> BayStatus:
        return self.view(troubles).bays[0]

    def view(self, troubles: Mapping[str, str] | None = None) -> StatusView:
        return status(self.state, ("1", "2"), troubles or {}, Journal(self.state.size, 1), self.clock.stamp())

    def condition(self) -> Condition:
        return self.shown().condition


def test_a_visit_in_words() -> None:
    heart = Heart()
    assert heart.condition() is Condition.EMPTY
    heart.tell(seen.PresenceClosed(bay="1"))
    assert heart.condition() is Condition.IDENTIFYING
    heart.dock()
    assert heart.condition() is Condition.READING
    heart.read("a", "b")
    assert heart.condition() is Condition.SIGNING
    assert heart.shown().footage == Footage(on_camera=2, size_bytes=2_000)
    heart.sign_all()
    assert heart.condition() is Condition.COPYING
    first = min(heart.state.recordings)
    heart.tell(seen.SecondCopyProved(recording=first, disk="disk-b"))
    assert heart.shown().footage == Footage(on_camera=2, size_bytes=2_000, signed=2, copied=1)
    heart.receive_all()
    assert heart.condition() is Condition.CLEARABLE
    heart.tell(seen.ClearingAsked(docking=heart.docking))
    assert heart.condition() is Condition.CLEARING
    heart.tell(seen.DeletionsListed(docking=heart.docking, listings=frozenset()))
    assert heart.condition() is Condition.CHECKING
    heart.make_ready()
    assert heart.condition() is Condition.READY
    heart.tell(seen.CameraAsked(bay="1", by="officer-7f3a", reason="夜间巡查"))
    assert heart.condition() is Condition.OFFERED
    assert heart.shown().offered
    heart.tell(seen.PresenceOpened(bay="1"))
    assert heart.condition() is Condition.EMPTY
    assert heart.view().lent == 1


def test_what_goes_otherwise_than_planned() -> None:
    heart = Heart()
    heart.tell(seen.PresenceClosed(bay="1"))
    heart.tell(seen.CameraStayedSilent(docking=heart.docking, label=None))
    assert heart.condition() is Condition.SILENT
    heart.clock.advance(PlainPolicy().silent_repair_after_ms)
    heart.tell(seen.CameraStaysSilent(docking=heart.docking))
    assert heart.condition() is Condition.GIVEN_UP
    heart.dock("STRANGER")
    assert heart.condition() is Condition.QUARANTINED
    assert heart.shown(**{"1": "the lock does not move"}).condition is Condition.TROUBLE
    heart.tell(seen.PresenceOpened(bay="1"))
    assert heart.view().missing == 1
    assert heart.shown(**{"1": "no board"}) == BayStatus("1", Condition.TROUBLE, trouble="no board")


def test_a_restart_shows_that_the_camera_is_listed_again() -> None:
    heart = Heart()
    heart.dock()
    heart.read()
    heart.make_ready()
    assert heart.condition() is Condition.READY
    heart.boot_again()
    assert heart.condition() is Condition.LISTING


def test_a_camera_that_deletes_nothing_is_for_a_person() -> None:
    heart = Heart()
    heart.dock()
    heart.read("a")
    heart.sign_all()
    heart.receive_all()
    for _ in range(CLEARINGS_TRIED_MAX):
        assert heart.condition() is Condition.CLEARABLE
        heart.clear(left=frozenset({"a"}))
    assert heart.condition() is Condition.STUCK


def test_no_docking_and_no_trouble_is_left_out() -> None:
    heart = Heart()
    heart.tell(seen.PresenceClosed(bay="9"))
    view = heart.view({"2": "bad switch", "uplink": "the registry does not answer"})
    assert [bay.bay for bay in view.bays] == ["1", "2", "9"]
    assert [bay.condition for bay in view.bays] == [Condition.EMPTY, Condition.TROUBLE, Condition.TROUBLE]
    assert view.troubles == {"uplink": "the registry does not answer"}


@given(st.randoms(use_true_random=False), st.sampled_from(POLICIES), st.integers(min_value=10, max_value=120))
def test_whatever_happened_is_shown_and_ready_means_ready(rng: random.Random, policy: PlainPolicy, steps: int) -> None:
    heart = Heart(policy)
    world = World(rng, heart.tell, heart.set_roster, heart.boot_again)
    for _ in play(world, steps):
        shown = status(heart.state, BAYS, {}, Journal(heart.state.size, 0), heart.clock.stamp()).bays
        assert tuple(bay.bay for bay in shown) == BAYS
        for bay in shown:
            check_true(bay, heart)


def check_true(bay: BayStatus, heart: Heart) -> None:
    docking = heart.state.docking_in(bay.bay)
    assert (docking is None) is (bay.condition is Condition.EMPTY)
    assert bay.footage.on_camera >= bay.footage.signed >= bay.footage.copied
    if docking is not None and bay.condition in {Condition.CHECKING, Condition.READY}:
        assert docking.everything_read(heart.clock.stamp())
        assert bay.footage == Footage()
    if docking is not None and docking.step is DockingStep.QUARANTINED:
        assert CALLED[bay.condition][0] is Tone.STOP


# --- pages


def answer(view: StatusView, path: str = "/", method: str = "GET") -> httpx.Response:
    return asyncio.run(_asked(create_app("t-01", lambda: view, Live()), method, path))


async def _asked(app: object, method: str, path: str) -> httpx.Response:
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)  # type: ignore[arg-type]
    async with httpx.AsyncClient(transport=transport, base_url="http://station") as client:
        return await client.request(method, path)


def view_of(*bays: BayStatus, **troubles: str) -> StatusView:
    return StatusView("2026-11-21T08:30:00.000Z", START.utc_ms, "synchronised", bays, 41, 40, 0, 0, troubles)


EVERY_CONDITION = tuple(
    BayStatus(f"{n:02}", condition, n, "read", f"T8-{n}", "T8", Footage(3, 900, 2, 1))  # type: ignore[arg-type]
    for n, condition in enumerate(Condition)
)


def test_each_condition_is_said_in_both_languages_with_a_shape() -> None:
    page = answer(view_of(*EVERY_CONDITION)).text
    for bay in EVERY_CONDITION:
        tone, called = CALLED[bay.condition]
        (card,) = re.findall(rf'<article class="card" id="bay-{bay.bay}".*?</article>', page, re.DOTALL)
        assert f'data-tone="{tone}"' in card
        assert f'<span lang="zh-CN">{STATUS_WORDS[called]}</span>' in card
        assert f'lang="en">{called}</span>' in card
        assert '<svg class="shape"' in card
    shapes = {re.search(r'class="shape".*?</svg>', card, re.DOTALL)[0] for card in page.split("<article")[1:]}  # type: ignore[index]
    assert len(shapes) == len(Tone)


def test_no_person_and_no_file_is_named() -> None:
    heart = Heart()
    heart.dock()
    heart.read("DCIM/100MEDIA/A.MP4")
    heart.sign_all()
    heart.receive_all()
    heart.clear()
    heart.make_ready()
    heart.tell(seen.CameraAsked(bay="1", by="officer-7f3a", reason="夜间巡查"))
    for path in ("/", "/api/v1/status"):
        text = answer(heart.view(), path).text
        assert "T8-1" in text
        assert not re.search("officer|7f3a|张三|巡查|DCIM|MP4", text)


def test_the_json_is_the_view() -> None:
    view = view_of(*EVERY_CONDITION, uplink="away")
    assert msgspec.json.decode(answer(view, "/api/v1/status").content, type=StatusView) == view


class Read(HTMLParser):
    """What a browser would load, run or style."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.links: set[str] = set()
        self.suspicious: list[str] = []
        self.open_script = False
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.links |= {str(given[name]) for name in ("src", "href") if name in given}
        self.suspicious += [f"{tag} {name}" for name in given if name == "style" or name.startswith("on")]
        if tag == "style" or (tag == "script" and "src" not in given):
            self.suspicious.append(tag)


def test_nothing_is_loaded_from_elsewhere_and_nothing_stands_inline() -> None:
    page = Read(answer(view_of(*EVERY_CONDITION)).text)
    assert page.suspicious == []
    assert {link for link in page.links if not re.match(r"/static/|#", link)} == set()
    for link in sorted(page.links):
        if link.startswith("/"):
            assert answer(view_of(), link).status_code == 200
    style = answer(view_of(), "/static/page.css").text
    assert not re.search(r"url\(|@import|https?:", style)


HOSTILE = '"><script>alert(1)</script>\r\nevent: page\ndata: x{{ 7 * 7 }}\u202e'


def test_what_a_camera_says_of_itself_stays_text() -> None:
    bay = BayStatus("1", Condition.TROUBLE, 1, "reading", HOSTILE, HOSTILE, trouble=HOSTILE)  # type: ignore[arg-type]
    response = answer(view_of(bay, uplink=HOSTILE))
    assert response.status_code == 200
    assert Read(response.text).suspicious == []
    assert response.text.count("&lt;script&gt;") == 3
    assert response.text.count("{{ 7 * 7 }}") == 3


@pytest.mark.parametrize(
    ("method", "path", "code"),
    [
        ("GET", "/docs", 404),
        ("GET", "/redoc", 404),
        ("GET", "/openapi.json", 404),
        ("GET", "/api/v1/loans", 404),
        ("GET", "/static/", 404),
        ("GET", "/static/../rendering.py", 404),
        ("GET", "/static/%2e%2e/rendering.py", 404),
        ("POST", "/", 405),
        ("PUT", "/api/v1/status", 405),
        ("DELETE", "/live", 405),
        ("GET", "/healthz", 200),
        ("GET", "/", 200),
        ("GET", "/static/live.js", 200),
    ],
)
def test_what_is_not_offered_is_refused_and_every_answer_is_strict(method: str, path: str, code: int) -> None:
    response = answer(view_of(), path, method)
    assert response.status_code == code
    assert_strict(response)


def assert_strict(response: httpx.Response) -> None:
    policy = response.headers["content-security-policy"]
    assert policy.startswith("default-src 'self';")
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert response.headers["x-content-type-options"] == "nosniff"
    assert response.headers["referrer-policy"] == "no-referrer"
    assert response.headers["cache-control"] in {"no-store", "no-cache"}


def test_a_failure_tells_nothing_of_the_inside() -> None:
    def broken() -> StatusView:
        raise DockwardError("/var/lib/dockward/secret")

    for path in ("/", "/healthz", "/api/v1/status"):
        response = asyncio.run(_asked(create_app("t-01", broken, Live()), "GET", path))
        assert response.status_code == 500
        assert response.json()["code"] == "INTERNAL"
        assert "secret" not in response.text
        assert_strict(response)


# --- words and looks


def test_every_word_has_its_chinese_and_is_used() -> None:
    templates = "".join(path.read_text(encoding="utf-8") for path in ROOMS.rglob("templates/*.html"))
    views = (ROOMS / "views" / f"{name}.py" for name in ("ratio", "desk_lists"))
    templates += "".join(path.read_text(encoding="utf-8") for path in views)
    called = {english for _, english in CALLED.values()} | set(CHARGE_CALLED.values())
    called |= {*CAMERA_PLACES.values(), *DONE.values()}
    words = {
        **PAGE_WORDS,
        **STATUS_WORDS,
        **CHARGE_WORDS,
        **SIGN_IN_WORDS,
        **DESK_WORDS,
        **KIOSK_WORDS,
        **OFFICE_WORDS,
        **CUSTODIAN_WORDS,
        **PANEL_PAGE_WORDS,
    }
    assert [word for word in words if word not in called and f'"{word}"' not in templates] == []
    asked_for = re.findall(r'\b(?:t|zh|fact)\(\s*"([^"]+)"', templates)
    assert set(asked_for) - set(words) == set()
    for english, chinese in words.items():
        assert re.search(r"[\u4e00-\u9fff]", chinese), english
        assert set(re.findall(r"\{\w+\}", english)) == set(re.findall(r"\{\w+\}", chinese))
    assert set(CALLED) == set(Condition)


CONTRAST_MIN = 4.5
"""WCAG 2 AA, for text of any size."""


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
def test_tones_can_be_read_on_their_cards(theme: int) -> None:
    style = (ROOMS / "pages" / "static" / "page.css").read_text(encoding="utf-8")
    root = re.findall(r":root \{(.*?)\}", style, re.DOTALL)[theme]
    colours = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", root))
    wash = int(re.findall(r"--wash: (\d+)%", root)[0]) / 100
    for tone in Tone:
        ground = mixed(colours[tone], colours["card"], wash)
        for ink in (tone.value, "ink", "quiet"):
            assert contrast(parsed(colours[ink]), ground) >= CONTRAST_MIN, f"{ink} on {tone}"
        assert contrast(parsed(colours[tone]), parsed(colours["on-tone"])) >= CONTRAST_MIN, tone
        assert contrast(parsed(colours[tone]), parsed(colours["ground"])) >= CONTRAST_MIN, tone


Colour = tuple[float, ...]


def parsed(text: str) -> Colour:
    return tuple(int(text[i : i + 2], 16) / 255 for i in (1, 3, 5))


def mixed(text: str, other: str, part: float) -> Colour:
    return tuple(a * part + b * (1 - part) for a, b in zip(parsed(text), parsed(other), strict=True))


def contrast(one: Colour, other: Colour) -> float:
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def luminance(colour: Colour) -> float:
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in colour]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_a_wall_has_a_place_for_every_bay() -> None:
    style = (ROOMS / "pages" / "static" / "page.css").read_text(encoding="utf-8")
    for bays in range(65):
        assert f".columns-{columns(bays)} " in style


def test_whatever_keeps_failing_is_said_in_chinese_first() -> None:
    assert set(WORK_TROUBLES) == set(Work)
    assert all("\u4e00" <= words[0] <= "\u9fff" for words in (BAY_TROUBLE, LINK_TROUBLE, *WORK_TROUBLES.values()))
