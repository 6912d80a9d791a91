"""Promise: a badge reported lost at one station is dead at every other, over a real broker, however long it was away.

Mosquitto as it is shipped, the registry's own shell and process, and stations whose clerks and links are real.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from station.custody.acts_at_the_dock import ReportBadgeLost
from station.custody.facts_of_orders import OrdersRefused, OrdersTaken
from station.desk.badge_sign_in import BadgeSignIn, SignInRefusedError, mark_of
from station.errors import WireFailedError
from station.journal.entries import read_entry
from station.pages.lock_out_file import lock_out_file
from station.signing.orders import Addressee, check_orders
from station.stamp import Stamp
from station.uplink.journal_uplink import JournalUplink
from tests.badge_bench import ADA, KEY, OFFICERS, PINS, BenchDesk
from tests.linked_stations import CLOCK, Inbox, LinkedStation, copy_of, linked_station, wait_until
from tests.mosquitto import Mosquitto
from tests.registry_process import Machines, linked, provision, running_registry
from tests.reporting_stations import Books, ReportingStation
from tests.test_broker_acl import PATIENCE_SECONDS, Town, speaking


@pytest.fixture(scope="module")
def machines(tmp_path_factory: pytest.TempPathFactory) -> Machines:
    return provision(tmp_path_factory.mktemp("town"), "st-a", "st-b")


@pytest.fixture
def books(tmp_path: Path) -> Iterator[Books]:
    books = Books(tmp_path / "books")
    yield books
    books.close()


@pytest.fixture
def broker(tmp_path: Path, machines: Machines) -> Iterator[Mosquitto]:
    with Mosquitto(tmp_path, machines.folder / "broker") as broker:
        yield broker


def lost(station: ReportingStation) -> set[str]:
    return set(station.clerk.state.lost_badges)


def lost_now(badge: str) -> ReportBadgeLost:
    return ReportBadgeLost(by="keeper", officer="officer-1", badge=badge)


def once_lost(linked: LinkedStation, *badges: str) -> None:
    wait_until(lambda: lost(linked.station) == set(badges), lambda: f"{lost(linked.station)}; {linked.link.trouble}")


def answers(books: Books, station: str) -> list[int]:
    """The numbers of the orders that this station's journal, as the registry has it, says were taken."""
    bodies = (read_entry(entry).body for entry in copy_of(books, station).entries())
    return [body.sequence for body in bodies if isinstance(body, OrdersTaken)]


def test_a_station_that_was_away_learns_it_as_soon_as_it_is_connected(
    tmp_path: Path, machines: Machines, broker: Mosquitto, books: Books
) -> None:
    ada = OFFICERS[0]
    assert ada.credentials
    badge = mark_of(ada.credentials)
    with (
        linked_station(tmp_path / "st-b", machines, broker.port, books, "st-b") as away,
        Inbox(books, machines, broker.port),
    ):
        away.once_delivered()
    with Inbox(books, machines, broker.port):
        with linked_station(tmp_path / "st-a", machines, broker.port, books, "st-a") as first:
            first.tell(lost_now(badge))
            first.once_delivered()
        with linked_station(tmp_path / "st-b", machines, broker.port, books, "st-b") as back:
            once_lost(back, badge)
            back.once_delivered()
            assert back.link.trouble == ""
            assert answers(books, "st-b") == [1]
    alone = ReportingStation(tmp_path / "st-b", "st-b")
    assert signs_in_refused(alone, tmp_path) == SignInRefusedError("BADGE_LOST").args
    alone.close()


def signs_in_refused(station: ReportingStation, folder: Path) -> tuple[object, ...]:
    """What somebody with that badge and its PIN is told, here and now, with nothing connected."""
    bench = BenchDesk(folder)
    bench.lay(ADA)
    signing_in = BadgeSignIn(OFFICERS, KEY, lock_out_file(folder), lambda one: one in lost(station))
    with pytest.raises(SignInRefusedError) as refused:
        signing_in.sign_in(bench.watch.laid(bench.clock.stamp()), PINS[ADA], bench.clock.stamp())
    return refused.value.args


def test_stations_that_are_connected_learn_it_of_each_other_at_once(
    tmp_path: Path, machines: Machines, broker: Mosquitto, books: Books
) -> None:
    with (
        Inbox(books, machines, broker.port),
        linked_station(tmp_path / "st-a", machines, broker.port, books, "st-a") as one,
        linked_station(tmp_path / "st-b", machines, broker.port, books, "st-b") as two,
    ):
        one.tell(lost_now("a" * 64))
        once_lost(two, "a" * 64)
        two.tell(lost_now("b" * 64))
        once_lost(one, "a" * 64, "b" * 64)
        for each in (one, two):
            each.once_delivered()
    assert (answers(books, "st-a"), answers(books, "st-b"), books.codes()) == ([1], [1], [])


def test_a_forgery_left_at_the_broker_is_refused_and_what_is_true_comes_at_the_next_birth(
    tmp_path: Path, machines: Machines, broker: Mosquitto, books: Books
) -> None:
    """Whoever got hold of the registry's TLS key can write there; its signer's key they do not have."""
    town = Town(machines.folder, broker)
    with (
        linked_station(tmp_path / "st-a", machines, broker.port, books, "st-a") as first,
        Inbox(books, machines, broker.port),
    ):
        first.tell(lost_now("a" * 64))
        first.once_delivered()
    with speaking(town, "registry") as forger:
        forger.say("dc/1/st-b/orders", b'{"orders":"all badges are alive"}', retain=True)
    with linked_station(tmp_path / "st-b", machines, broker.port, books, "st-b") as deceived:
        wait_until(lambda: "ORDERS_UNREADABLE" in deceived.link.trouble, lambda: deceived.link.trouble)
        assert lost(deceived.station) == set()
    with (
        Inbox(books, machines, broker.port),
        linked_station(tmp_path / "st-b", machines, broker.port, books, "st-b") as back,
    ):
        once_lost(back, "a" * 64)
        back.once_delivered()
        wait_until(lambda: not back.link.trouble, lambda: back.link.trouble)
        refused = [read_entry(entry).body for entry in back.log.entries()]
        assert sum(isinstance(body, OrdersRefused) for body in refused) == 1
    wait_until(lambda: books.codes() == ["ORDERS_REFUSED"], lambda: str(books.codes()))


def test_a_birth_is_answered_with_the_orders_also_where_nothing_waits_at_the_broker(
    tmp_path: Path, machines: Machines, broker: Mosquitto, books: Books
) -> None:
    """It was enrolled when all others had theirs, and has not sent a line of its journal."""
    town = Town(machines.folder, broker)
    newcomer = ReportingStation(tmp_path / "st-b", "st-b")
    with (
        Inbox(books, machines, broker.port),
        linked_station(tmp_path / "st-a", machines, broker.port, books, "st-a") as first,
        speaking(town, "st-b") as born,
    ):
        first.tell(lost_now("a" * 64))
        first.once_delivered()
        born.listen("dc/1/st-b/orders")
        books.enrol(newcomer)
        born.say("dw/1/st-b/state", BIRTH)
        assert b"a" * 64 in born.heard.get(timeout=PATIENCE_SECONDS).payload
    newcomer.close()


def test_a_station_whose_own_signer_is_silent_hears_what_was_lost_all_the_same(
    tmp_path: Path, machines: Machines, broker: Mosquitto, books: Books, monkeypatch: pytest.MonkeyPatch
) -> None:
    def silent(_self: JournalUplink, _now: Stamp) -> bytes | None:
        raise WireFailedError("the signer did not answer")

    with Inbox(books, machines, broker.port):
        with linked_station(tmp_path / "st-a", machines, broker.port, books, "st-a") as first:
            first.tell(lost_now("a" * 64))
            first.once_delivered()
        monkeypatch.setattr(JournalUplink, "next_batch", silent)
        with linked_station(tmp_path / "st-b", machines, broker.port, books, "st-b") as mute:
            once_lost(mute, "a" * 64)
            assert mute.uplink.delivered == 0


BIRTH = b'{"online":true,"boot":"b1","version":"0","policy":"p@1","journal_size":9}'


def test_the_registry_s_own_process_orders_it_over_crashes_of_its_own_and_of_the_broker(
    tmp_path: Path, machines: Machines
) -> None:
    station, other = (ReportingStation(tmp_path / name, name) for name in ("st-a", "st-b"))
    to = Addressee(origin=other.origin, registry=machines.witness.name, ca_pem=machines.ca_pem)
    with running_registry(tmp_path, machines, station, other) as registry:
        town = Town(machines.folder, registry.broker)
        station.tell(lost_now("c" * 64))
        with linked(machines, registry.broker.port, "st-a") as link:
            link.say("journal", station.batch())
            link.told(station.size)
        for happens in ((), (registry.kill, registry.start), (registry.broker.restart,)):
            for each in happens:
                each()
            with speaking(town, "st-b") as waiting:
                waiting.listen("dc/1/st-b/#")
                message = waiting.heard.get(timeout=PATIENCE_SECONDS)
                orders = check_orders(bytes(message.payload), to, CLOCK.stamp())
                assert (orders.sequence, [one.badge for one in orders.lost_badges]) == (1, ["c" * 64])
                assert message.topic == "dc/1/st-b/orders"
    station.close()
    other.close()
