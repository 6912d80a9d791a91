"""Promise: what one station's verified journal says was lost, every other station is told, whoever forgets what.

A station that is away for weeks, a registry that restarts or loses its book of orders, and a broker that forgets or
repeats itself: in the end every station knows every lost badge, and none ever came back to life.
"""

import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import msgspec
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from registry.alarm_words import ALARM_WORDS
from station.custody.facts_of_orders import OrdersRefused, OrdersTaken
from station.errors import WireFailedError
from station.journal.batches import read_batch
from station.signing.orders import LOST_BADGES_MAX, MESSAGE_BYTES_MAX
from station.signing.signer_wire import KeyUse
from tests.ordered_stations import REGISTRY, Ordered, mark
from tests.reporting_stations import NOW_S, ReportingStation
from tests.uploading_stations import LeafSigner


@pytest.fixture
def three(tmp_path: Path) -> Iterator[Ordered]:
    with closing(Ordered(tmp_path, "st-a", "st-b", "st-c")) as three:
        yield three


def ordered(three: Ordered, name: str) -> list[tuple[str, str]]:
    return [(one.badge, one.station) for one in three.read(name).lost_badges]


def test_all_but_the_one_that_reported_it_are_told_by_whom(three: Ordered) -> None:
    three.report("st-a", mark(1))
    three.report("st-b", mark(2))
    three.deliver("st-a")
    three.deliver("st-b")
    assert ordered(three, "st-a") == [(mark(2), "st-b")]
    assert ordered(three, "st-b") == [(mark(1), "st-a")]
    assert ordered(three, "st-c") == [(mark(1), "st-a"), (mark(2), "st-b")]


def test_where_nothing_was_lost_nothing_is_said(three: Ordered) -> None:
    three.stations["st-a"].live(3)
    three.deliver("st-a")
    three.connect()
    assert list(three.orders.at_birth("st-a")) == []
    assert three.kept == {}


def test_an_unverified_journal_orders_nothing(three: Ordered) -> None:
    three.report("st-a", mark(1))
    batch = read_batch(three.stations["st-a"].batch())
    forged = msgspec.structs.replace(batch, checkpoint=batch.checkpoint.replace("— ", "— x", 1))
    assert three.books.mirror.take("st-a", msgspec.json.encode(forged), NOW_S).cosigned is None
    assert list(three.orders.after("st-a")) == []
    three.connect()
    assert three.kept == {}


def test_the_number_only_grows_and_only_with_news(three: Ordered) -> None:
    three.report("st-a", mark(1))
    three.deliver("st-a")
    first = three.read("st-c")
    three.stations["st-a"].live(2)
    three.deliver("st-a")
    three.connect()
    assert three.read("st-c") == first
    three.report("st-b", mark(2))
    three.deliver("st-b")
    second = three.read("st-c")
    assert (first.sequence, second.sequence) == (1, 2)
    assert set(first.lost_badges) < set(second.lost_badges)


def test_once_answered_a_badge_is_ordered_no_more_and_the_next_list_has_the_next_number(three: Ordered) -> None:
    three.report("st-a", mark(1))
    three.deliver("st-a")
    three.hear("st-c")
    three.deliver("st-c")
    assert three.read("st-c").sequence == 1, "nothing is new"
    three.report("st-a", mark(2))
    three.deliver("st-a")
    assert (three.read("st-c").sequence, ordered(three, "st-c")) == (2, [(mark(2), "st-a")])
    assert ordered(three, "st-b") == [(mark(1), "st-a"), (mark(2), "st-a")], "who never answered is told all"


def test_a_restart_and_a_forgetful_broker_change_no_number(three: Ordered) -> None:
    three.report("st-a", mark(1))
    three.deliver("st-a")
    before = {name: three.read(name) for name in three.kept}
    three.kept.clear()
    three.restart_registry()
    assert {name: three.read(name) for name in three.kept} == before
    assert set(before) == {"st-b", "st-c"}


def test_what_was_mirrored_before_anybody_read_it_for_orders_is_ordered(three: Ordered) -> None:
    """A crash between cosigning and ordering, a courier's disk, or a program from before there were orders."""
    three.report("st-a", mark(1))
    three.books.mirror.take("st-a", three.stations["st-a"].batch(), NOW_S)
    three.restart_registry()
    assert ordered(three, "st-b") == [(mark(1), "st-a")]


def test_a_registry_that_lost_its_book_of_orders_reads_the_journals_and_goes_on_behind_the_newest_answer(
    three: Ordered,
) -> None:
    for badge in (1, 2, 3):
        three.report("st-a", mark(badge))
        three.settle()
    three.restart_registry(without_ledger=True)
    three.report("st-a", mark(4))
    three.deliver("st-a")
    assert (three.read("st-b").sequence, ordered(three, "st-b")) == (4, [(mark(4), "st-a")])
    three.settle()
    assert three.lost_at("st-b") == {mark(one) for one in (1, 2, 3, 4)}
    assert three.facts("st-b", OrdersRefused) == []


def test_more_than_one_list_holds_comes_with_the_next_one(three: Ordered) -> None:
    lost = {mark(number) for number in range(LOST_BADGES_MAX + 200)}
    for badge in sorted(lost):
        three.report("st-a", badge)
    three.deliver("st-a")
    assert len(three.kept["st-b"]) < MESSAGE_BYTES_MAX
    assert len(ordered(three, "st-b")) == LOST_BADGES_MAX
    three.hear("st-b")
    assert len(three.lost_at("st-b")) == LOST_BADGES_MAX
    three.deliver("st-b")
    three.hear("st-b")
    assert three.lost_at("st-b") == lost
    assert len(three.facts("st-b", OrdersTaken)) == 2


def test_a_station_that_was_enrolled_anew_is_told_everything(three: Ordered, tmp_path: Path) -> None:
    three.report("st-a", mark(1))
    three.settle()
    anew = ReportingStation(tmp_path / "anew", "st-b", number=2)
    three.stations["st-b"].close()
    three.stations["st-b"] = anew
    three.books.enrol(anew)
    three.inboxes["st-b"] = three._inbox("st-b")
    three.connect()
    three.hear("st-b")
    assert three.lost_at("st-b") == {mark(1)}
    assert three.read("st-b").sequence == 1


def test_a_station_that_is_enrolled_after_the_loss_is_told_when_it_is_born_or_reports(
    three: Ordered, tmp_path: Path
) -> None:
    three.report("st-a", mark(1))
    three.deliver("st-a")
    for name in ("st-d", "st-e"):
        three.stations[name] = ReportingStation(tmp_path / name, name)
        three.books.enrol(three.stations[name])
    (born,) = three.orders.at_birth("st-d")
    assert three.read("st-d", born[1]).lost_badges == three.read("st-b").lost_badges
    three.deliver("st-e")
    assert ordered(three, "st-e") == [(mark(1), "st-a")]


def test_what_a_station_reported_outlives_its_enrolment(three: Ordered) -> None:
    three.report("st-a", mark(1))
    three.deliver("st-a")
    (three.books.stations / "st-a.json").unlink()
    three.restart_registry()
    assert ordered(three, "st-b") == [(mark(1), "st-a")]
    assert list(three.orders.after("st-a")) == list(three.orders.at_birth("st-a")) == []


def test_one_broken_copy_or_enrolment_keeps_no_order_from_the_others(three: Ordered) -> None:
    three.report("st-a", mark(1))
    three.deliver("st-a")
    three.deliver("st-c")
    three.books.copy_path("st-c").write_bytes(b"no database at all, and longer than its header would be" * 9)
    (three.books.stations / "st-d.json").write_bytes(b"")
    three.restart_registry()
    assert {"st-b", "st-c"} <= set(three.kept)
    assert list(three.orders.after("st-d")) == list(three.orders.at_birth("st-d")) == []


def test_without_its_signer_it_numbers_what_it_will_say_and_says_it_later(
    three: Ordered, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(_self: LeafSigner, _use: KeyUse, _message: bytes) -> bytes:
        raise WireFailedError("the signer did not answer")

    three.report("st-a", mark(1))
    monkeypatch.setattr(LeafSigner, "sign", gone)
    with pytest.raises(WireFailedError):
        three.deliver("st-a")
    monkeypatch.undo()
    three.connect()
    assert ordered(three, "st-b") == [(mark(1), "st-a")]
    assert REGISTRY.pem.decode() in msgspec.json.decode(three.kept["st-b"])["certificate"]


def test_whoever_refuses_orders_is_an_alarm_with_words(three: Ordered) -> None:
    three.hear("st-b", b"forged")
    three.deliver("st-b")
    three.restart_registry()
    (alarm,) = three.books.alarms()
    assert (alarm.station, alarm.code) == ("st-b", "ORDERS_REFUSED")
    assert "ORDERS_UNREADABLE" in alarm.theirs
    assert alarm.code in ALARM_WORDS


def test_the_registry_forgets_no_lost_badge(three: Ordered) -> None:
    three.report("st-a", mark(1))
    three.deliver("st-a")
    for act in ("DELETE FROM lost_badges", "UPDATE lost_badges SET badge = 'x'"):
        with pytest.raises(Exception, match="forgets no lost badge"):
            three.ledger._connection.execute(act)


NAMES = ("st-a", "st-b", "st-c")
names = st.sampled_from(NAMES)


class LostBadges(RuleBasedStateMachine):
    """Whatever is lost, late, repeated or restarted on the way."""

    @initialize()
    def begin(self) -> None:
        self.folder = tempfile.TemporaryDirectory()
        self.town = Ordered(Path(self.folder.name), *NAMES)
        self.lost: set[str] = set()
        self.dead: dict[str, set[str]] = {name: set() for name in NAMES}

    def teardown(self) -> None:
        if not hasattr(self, "town"):
            return
        try:
            self.town.connect()
            self.town.settle()
            assert {name: self.town.lost_at(name) for name in NAMES} == dict.fromkeys(NAMES, self.lost)
        finally:
            self.town.close()
            self.folder.cleanup()

    @rule(name=names, badge=st.integers(0, 5))
    def report(self, name: str, badge: int) -> None:
        self.town.report(name, mark(badge))
        self.lost.add(mark(badge))

    @rule(name=names)
    def deliver(self, name: str) -> None:
        self.town.deliver(name)

    @rule(name=names)
    def hear(self, name: str) -> None:
        self.town.hear(name)

    @rule(name=names, of=names, data=st.data())
    def repeat(self, name: str, of: str, data: st.DataObject) -> None:
        """Whoever can write at the broker says again what was ever said, to whomever."""
        if self.town.said[of]:
            self.town.hear(name, data.draw(st.sampled_from(self.town.said[of])))

    @rule(name=names)
    def restart(self, name: str) -> None:
        self.town.restart(name)

    @rule(without_ledger=st.booleans())
    def restart_registry(self, without_ledger: bool) -> None:  # noqa: FBT001 - Hypothesis names it
        self.town.kept.clear()
        self.town.restart_registry(without_ledger=without_ledger)

    @invariant()
    def none_comes_back_to_life_or_dies_for_no_reason(self) -> None:
        for name in NAMES if hasattr(self, "town") else ():
            now = self.town.lost_at(name)
            assert self.dead[name] <= now <= self.lost
            self.dead[name] = now


TestLostBadges = LostBadges.TestCase
TestLostBadges.settings = settings(max_examples=max(1, settings().max_examples // 6), stateful_step_count=25)
