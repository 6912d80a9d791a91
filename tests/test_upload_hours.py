"""Promise: footage goes at the hours it was given, of itself, and what was cut at their end goes on from there."""

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from station.config import UploadsConfig, read_config
from station.custody.due_work import Task, Work
from station.custody.observations import PresenceOpened
from station.errors import OutsideHoursError, WrongUseError
from station.policy.civil_time import MS_PER_MINUTE, utc_ms
from station.uplink.line_budget import opens_in_ms
from station.work_dispatcher import HOURS_LOOK_MS, TRIES_BEFORE_TROUBLE, Outside, WorkDispatcher
from tests.couriers import PACK
from tests.failing_registry import UploadingStation
from tests.plain_policy import PlainPolicy
from tests.reporting_stations import ReportingStation
from tests.stations import START
from tests.test_station_config import changed, written
from tests.uploading_stations import AGENCY, UploadBooks, state

NIGHT = UploadsConfig(hours="20:00-06:30")
DAY = dt.datetime(2026, 11, 21)  # noqa: DTZ001 - the clock on the wall
minutes = st.integers(0, 24 * 60 - 1)


def wall(clock: str) -> dt.datetime:
    hour, minute = map(int, clock.split(":"))
    return DAY.replace(hour=hour, minute=minute)


@pytest.mark.parametrize(
    ("hours", "at", "minutes_to_wait"),
    [
        ("20:00-06:30", "20:00", 0),
        ("20:00-06:30", "23:59", 0),
        ("20:00-06:30", "00:00", 0),
        ("20:00-06:30", "06:29", 0),
        ("20:00-06:30", "06:30", 13 * 60 + 30),
        ("20:00-06:30", "19:59", 1),
        ("12:00-13:00", "12:30", 0),
        ("12:00-13:00", "13:00", 23 * 60),
        ("12:00-13:00", "11:00", 60),
        ("00:00-23:59", "23:59", 1),
    ],
)
def test_hours_begin_and_end_by_the_clock_on_the_wall(hours: str, at: str, minutes_to_wait: int) -> None:
    assert opens_in_ms(UploadsConfig(hours=hours).window, wall(at)) == minutes_to_wait * MS_PER_MINUTE


@given(minutes, minutes, st.integers(0, 86_400_000 - 1))
def test_whoever_waits_as_long_as_told_is_let_in_and_not_before(opens: int, closes: int, at_ms: int) -> None:
    at = DAY + dt.timedelta(milliseconds=at_ms)
    wait_ms = opens_in_ms((opens, closes), at)
    if opens != closes:
        assert opens_in_ms((opens, closes), at + dt.timedelta(milliseconds=wait_ms)) == 0
    if wait_ms:
        assert opens_in_ms((opens, closes), at + dt.timedelta(milliseconds=wait_ms - 1)) == 1


class Night:
    """A recording of five parts, and a clock that can be set to an hour of the station's wall."""

    def __init__(self, folder: Path) -> None:
        self.station = ReportingStation(folder / "station")
        self.books = UploadBooks(folder / "registry", self.station)
        self.stated = state(self.station, AGENCY.station_evidence("t-01"), 5_000)
        self.stated.sign()
        self.station.tell(PresenceOpened(bay="C-content-5000"))  # its camera has gone: uploading is all there is to do
        self.books.witness_all(self.station)
        self.uploading = UploadingStation(folder / "disk", self.books, self.stated, NIGHT)
        self.outside = Outside(uploads_open_in_ms=self.uploading.uploads.line.opens_in_ms)
        self.dispatcher = WorkDispatcher(
            lambda: self.station.clerk.state,
            PlainPolicy(),
            self.uploading.clock,
            {Work.UPLOAD: self.uploading.uploads.upload},
            self.outside,
        )

    def at(self, clock: str, *, synchronised: bool = True, day: int = 0) -> None:
        at = utc_ms(PACK, wall(clock) + dt.timedelta(days=day))
        self.uploading.clock._now = replace(START, utc_ms=at, boot_ms=at - START.utc_ms, synchronised=synchronised)

    def work(self) -> int | None:
        """What the dispatcher does: start what can be started; how long it waits where nothing can."""
        tasks, wait_ms = self.dispatcher.startable()
        for task in tasks:
            error: BaseException | None = None
            try:
                self.dispatcher.begin(task)()
            except OutsideHoursError as outside:
                error = outside
            self.dispatcher.end(task, error)
        return wait_ms

    def close(self) -> None:
        self.uploading.close()
        self.books.close()
        self.station.close()


@pytest.fixture
def night(tmp_path: Path) -> Iterator[Night]:
    night = Night(tmp_path)
    yield night
    night.close()


def test_outside_its_hours_nothing_is_asked_and_nobody_is_troubled(night: Night) -> None:
    night.at("12:00")
    for _ in range(3 * TRIES_BEFORE_TROUBLE):
        assert night.work() == HOURS_LOOK_MS, "the clock may be set: it is looked at again"
    assert night.uploading.line.asked == []
    assert night.dispatcher.troubles == {}
    night.at("19:59")
    assert night.work() == MS_PER_MINUTE
    night.at("20:00")
    night.work()
    assert len(night.uploading.accepted) == 1


def test_an_upload_that_is_under_way_stops_when_its_hours_end_and_goes_on_from_there(night: Night) -> None:
    """Night after night one part: none goes twice, and nothing is called a trouble."""
    for day in range(2 * TRIES_BEFORE_TROUBLE):
        night.at("20:00", day=day)
        parts: list[str] = []

        def fault(request, forward, parts=parts, day=day):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
            answer = forward(request)
            if request.method == "PUT":
                parts.append(request.url.path)
                night.at("06:30", day=day + 1)
            return answer

        night.uploading.line.fault = fault
        night.work()
        assert len(parts) == (day < 5)
        assert night.dispatcher.troubles == {}
        if night.uploading.accepted:
            break
    puts = [asked for asked in night.uploading.line.asked if asked.startswith("PUT")]
    assert len(puts) == len(set(puts)) == 5
    assert len(night.uploading.accepted) == 1


def test_no_piece_leaves_once_the_hours_are_over(night: Night) -> None:
    night.at("20:00")

    def pieces() -> Iterator[bytes]:
        yield b"one"
        night.at("06:30")
        yield b"two"

    leaving = night.uploading.uploads.line.leaving(pieces())
    assert next(leaving) == b"one"
    with pytest.raises(OutsideHoursError):
        next(leaving)


def test_a_station_that_does_not_know_the_time_uploads(night: Night) -> None:
    """Footage that waits for a time that nobody tells would wait for ever."""
    night.at("12:00", synchronised=False)
    night.work()
    assert len(night.uploading.accepted) == 1


def test_a_worker_that_is_asked_outside_the_hours_names_them(night: Night) -> None:
    night.at("12:00")
    with pytest.raises(OutsideHoursError, match="hours"):
        night.uploading.upload()
    night.dispatcher._running["recording", night.stated.held.n] = Work.UPLOAD
    night.dispatcher.end(Task(Work.UPLOAD, night.stated.held.n), OutsideHoursError("hours"))
    assert night.dispatcher._tried == {}


@pytest.mark.parametrize(
    ("uploads", "said"),
    [
        ({"hours": "20:00-20:00"}, "begin and end at once"),
        ({"hours": "23:50-00:10", "kib_per_second": 16}, "no recording arrives"),
        ({"hours": "24:00-06:00"}, "hours"),
        ({"kib_per_second": 1}, "kib_per_second"),
    ],
)
def test_hours_of_no_use_are_refused_when_the_station_is_configured(
    tmp_path: Path, uploads: dict[str, object], said: str
) -> None:
    with pytest.raises(WrongUseError, match=said):
        read_config(written_with(tmp_path, uploads))


def written_with(folder: Path, uploads: dict[str, object]) -> Path:
    config = changed("station", "t-01")
    return written(folder, config | {"registry": {**config["registry"], "uploads": uploads}})


def test_hours_and_a_limit_are_read(tmp_path: Path) -> None:
    config = read_config(written_with(tmp_path, {"hours": "20:00-06:30", "kib_per_second": 2_000}))
    assert config.registry.uploads.window == (20 * 60, 6 * 60 + 30)
