"""Promise: a camera is taken by badge and PIN through this machine's own pages, and by nothing else."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from station.custody import observations as seen
from station.errors import RefusedError, WireFailedError
from station.pages.closed_app import closed_app
from station.pages.lock_out import BADGE_FAILURES_MAX, BADGE_LONGEST_WAIT_MS
from station.policy.in_force import PackPolicy
from station.policy.permits import Policy
from station.policy.rolls import Rolls
from station.signing.policy_packs import packaged_pack
from station.web.badge_acts import BadgeActs
from station.web.check_out import PATH, add_check_out
from station.web.from_here import BODY_BYTES_MAX
from tests.badge_bench import ADA, NOBODYS, PINS, WRONG, BenchDesk
from tests.docked_station import CAMERA, DockedStation
from tests.policies import pack_with

RIGHT = {"bay": "1", "pin": PINS[ADA].digits, "reason": "日常巡查"}
PACK = PackPolicy(packaged_pack("yinchuan"), Rolls())
"""For its words alone."""
HERE = ("127.0.0.1", 40_000)


class Asked:
    """A station with a desk and a camera that is ready, and whoever asks it over HTTP."""

    def __init__(self, folder: Path) -> None:
        self.station = DockedStation(folder)
        docking = self.station.put()
        identified = seen.CameraIdentified(
            docking=docking, camera=CAMERA, model="DW-T8", clock_ahead_ms=None, clock_error_ms=None
        )
        self.station.tell(identified)
        self.station.tell(seen.CameraListed(docking=docking, listings=frozenset()))
        self.desk = BenchDesk(folder, self.station.clock)
        self.app = self.app_under(PACK)

    def app_under(self, policy: Policy) -> FastAPI:
        """The station lends by the plainest rules; `policy` chooses, and has the words."""
        app = closed_app("test")
        tell, state, stamp = self.station.tell, self.station.state, self.station.clock.stamp
        self.shown: list[tuple[str, str]] = []

        def show(refused: RefusedError, words: str) -> None:
            self.shown.append((refused.code, words))

        add_check_out(app, BadgeActs(self.desk.desk, tell, state, policy, stamp, show))
        return app

    def post(
        self, content: Any = None, client: tuple[str, int] = HERE, method: str = "POST", **headers: str
    ) -> httpx.Response:
        return asyncio.run(self._post(content or RIGHT, client, method, headers))

    async def _post(
        self, content: Any, client: tuple[str, int], method: str, headers: dict[str, str]
    ) -> httpx.Response:
        transport = httpx.ASGITransport(app=self.app, raise_app_exceptions=False, client=client)
        sent = {"json": content} if not isinstance(content, bytes) else {"content": content}
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        if isinstance(content, bytes):
            named = {"content-type": "application/json"} | named
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8080") as asking:
            return await asking.request(method, PATH, headers=named, **sent)

    def told(self) -> list[str]:
        return [kind for kind in self.station.kinds() if kind in {"bay_offered", "loan_refused"}]


@pytest.fixture
def asked(tmp_path: Path) -> Iterator[Asked]:
    asked = Asked(tmp_path)
    yield asked
    asked.station.close()


def test_badge_and_pin_open_a_bay_for_the_officer_they_belong_to(asked: Asked) -> None:
    asked.desk.lay(ADA)
    answer = asked.post()
    assert answer.status_code == 200
    assert answer.json() | {"loan": 0} == {
        "officer": "officer-1",
        "bay": "1",
        "camera": CAMERA,
        "loan": 0,
        "words": ["1号仓，绿灯，请取", "Bay 1, green lamp: take it"],
        "reminders": [],
    }
    assert answer.headers["cache-control"] == "no-store"
    assert asked.station.said("bay_offered").officer == "officer-1"
    assert asked.post().json() == answer.json()
    assert asked.told() == ["bay_offered"]


def test_without_the_badge_or_with_another_pin_nothing_is_asked(asked: Asked) -> None:
    answers = [asked.post()]
    asked.desk.lay(NOBODYS)
    answers.append(asked.post())
    asked.desk.lay(ADA, alone=False)
    answers.append(asked.post())
    asked.desk.lay(ADA)
    answers.append(asked.post(RIGHT | {"pin": WRONG.digits}))
    assert {answer.status_code for answer in answers} == {403}
    assert [answer.json()["code"] for answer in answers] == [
        "NO_BADGE",
        "BADGE_OR_PIN_WRONG",
        "TWO_BADGES",
        "BADGE_OR_PIN_WRONG",
    ]
    assert asked.told() == []
    assert asked.shown == [(answer.json()["code"], answer.json()["detail"]) for answer in answers], "on the panel too"


def test_whoever_guesses_is_told_how_long_to_wait(asked: Asked) -> None:
    asked.desk.lay(ADA)
    for _ in range(3):
        asked.post(RIGHT | {"pin": WRONG.digits})
    answer = asked.post()
    assert (answer.status_code, answer.json()["code"]) == (429, "PIN_LOCKED_OUT")
    assert answer.headers["retry-after"] == "30"
    assert "30 秒" in answer.json()["detail"]
    assert asked.told() == []


def test_who_failed_twenty_times_is_told_whom_to_ask(asked: Asked) -> None:
    asked.desk.lay(ADA)
    for _ in range(BADGE_FAILURES_MAX):
        assert asked.post(RIGHT | {"pin": WRONG.digits}).json()["code"] == "BADGE_OR_PIN_WRONG"
        asked.desk.clock.advance(BADGE_LONGEST_WAIT_MS)
        asked.desk.watch.turn()
    answer = asked.post()
    assert (answer.status_code, answer.json()["code"]) == (429, "PIN_LOCKED_OUT")
    assert "retry-after" not in answer.headers
    assert "custodian" in answer.json()["detail"]


def test_what_the_rules_refuse_is_said_in_their_words(asked: Asked) -> None:
    asked.desk.lay(ADA)
    answer = asked.post(RIGHT | {"bay": "2"})
    assert answer.status_code == 409
    assert answer.json() == {
        "code": "NO_CAMERA_TO_LEND",
        "detail": " / ".join(PACK.said(PACK.finds("NO_CAMERA_TO_LEND"))),
        "emergency": False,
    }


def test_without_a_bay_the_station_chooses_one(asked: Asked) -> None:
    asked.desk.lay(ADA)
    answer = asked.post({"pin": PINS[ADA].digits})
    assert (answer.status_code, answer.json()["bay"]) == (200, "1")


def test_where_the_pack_asks_no_pin_the_badge_is_enough_and_a_wrong_pin_is_none(asked: Asked) -> None:
    asked.desk.lay(ADA)
    assert asked.post({"bay": "1"}).json()["code"] == "PIN_WANTED"
    asked.app = asked.app_under(PackPolicy(pack_with("yinchuan", loan__pin=False), Rolls()))
    assert asked.post({"bay": "1", "pin": WRONG.digits}).json()["code"] == "BADGE_OR_PIN_WRONG"
    asked.desk.lay(NOBODYS)
    assert asked.post({"bay": "1"}).json()["code"] == "PIN_WANTED"
    assert asked.told() == []
    asked.desk.lay(ADA)
    assert asked.post({"bay": "1"}).json()["officer"] == "officer-1"


def test_an_emergency_is_named(asked: Asked) -> None:
    asked.desk.lay(ADA)
    answer = asked.post(RIGHT | {"reason": " ", "emergency": True})
    assert (answer.status_code, answer.json()["code"]) == (409, "EMERGENCY_UNEXPLAINED")
    assert asked.told() == []
    assert asked.post(RIGHT | {"emergency": True}).status_code == 200


def test_a_reader_that_is_gone_is_a_reason_to_ask_again(asked: Asked) -> None:
    asked.desk.reader.gone = True
    asked.desk.watch.turn()
    answer = asked.post()
    assert (answer.status_code, answer.json()["code"]) == (503, "ASK_AGAIN")
    assert "check its cable" in answer.json()["detail"]


@pytest.mark.parametrize(
    ("client", "headers"),
    [
        (("10.64.1.9", 40_000), {}),
        (("fe80::1", 40_000), {}),
        (("", 0), {}),
        (HERE, {"host": "station.example"}),
        (HERE, {"host": "localhost.example:8080"}),
        (HERE, {"host": ""}),
        (HERE, {"content_type": "text/plain"}),
        (HERE, {"content_type": "application/x-www-form-urlencoded"}),
    ],
)
def test_only_a_page_of_this_machine_may_ask(asked: Asked, client: tuple[str, int], headers: dict[str, str]) -> None:
    asked.desk.lay(ADA)
    answer = asked.post(client=client, **headers)
    assert (answer.status_code, answer.json()["code"]) == (403, "NOT_FROM_HERE")
    assert asked.told() == []


@pytest.mark.parametrize("host", ["127.0.0.1:8080", "localhost:8080", "[::1]:8080", "localhost"])
def test_this_machine_has_three_names(asked: Asked, host: str) -> None:
    asked.desk.lay(ADA)
    assert asked.post(client=("::1", 40_000), host=host).status_code == 200


def test_no_browser_s_preflight_is_answered(asked: Asked) -> None:
    assert asked.post(method="OPTIONS").status_code == 405
    assert asked.post(method="GET").status_code == 405


@pytest.mark.parametrize(
    "content",
    [
        b'{"bay": "1", "pin": "482915"',
        b'{"bay": "1", "pin": 482915}',
        b'{"bay": "1", "pin": "482915", "officer": "officer-2"}',
        b'{"bay": "", "pin": "482915"}',
        b'{"bay": "1", "pin": "' + b"482915" * 20 + b'"}',
        b'{"bay": "1", "pin": "482915\xff"}',
        b'{"pin": "482915", "reason": "' + b"x" * BODY_BYTES_MAX + b'"}',
        b"482915",
    ],
)
def test_what_is_not_understood_is_not_repeated(asked: Asked, content: bytes) -> None:
    asked.desk.lay(ADA)
    answer = asked.post(content)
    assert (answer.status_code, answer.json()["code"]) == (400, "NOT_UNDERSTOOD")
    assert b"482915" not in answer.content
    assert asked.told() == []


def test_an_error_of_ours_repeats_nothing_either(
    asked: Asked, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    asked.desk.lay(ADA)

    def broken(*_: object) -> None:
        raise KeyError("broken")

    monkeypatch.setattr("station.web.check_out.take", broken)
    answer = asked.post()
    assert answer.status_code == 500
    assert PINS[ADA].digits.encode() not in answer.content
    assert PINS[ADA].digits not in caplog.text


def test_a_wire_that_fails_is_asked_again(asked: Asked, monkeypatch: pytest.MonkeyPatch) -> None:
    asked.desk.lay(ADA)

    def failing(*_: object) -> None:
        raise WireFailedError("磁盘已满 / the disk is full")

    monkeypatch.setattr("station.web.check_out.take", failing)
    assert asked.post().status_code == 503
