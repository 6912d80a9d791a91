"""Promise: a station follows the registry's newest orders, once, for good; older and forged ones it refuses and tells.

The words of every order travel by hand here; tests/test_lost_badge_everywhere.py has the wire.
"""

from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from msgspec.structs import replace

from station.custody.facts import Fact
from station.custody.facts_of_orders import BadgeLostElsewhere, OrdersRefused, OrdersTaken
from station.custody.observations import Observation
from station.custody.orders import Orders as Followed
from station.custody.orders import advance_orders
from station.desk.badge_sign_in import BadgeSignIn, SignInRefusedError, mark_of
from station.errors import IllegalStepError, WireFailedError
from station.pages.lock_out_file import lock_out_file
from station.signing.orders import digest_of, orders_text, sign_orders
from station.store import projections
from station.uplink.orders import OrdersInbox
from tests.agency import Agency
from tests.badge_bench import ADA, BOB, KEY, OFFICERS, PINS, BenchDesk
from tests.ordered_stations import REGISTRY, Ordered, addressee, mark
from tests.stations import START
from tests.uploading_stations import LeafSigner

SIGNER = LeafSigner(REGISTRY)
FORGED = LeafSigner(Agency().registry_evidence())


@pytest.fixture
def two(tmp_path: Path) -> Iterator[Ordered]:
    with closing(Ordered(tmp_path, "st-a", "st-b")) as two:
        yield two


def told(two: Ordered, *badges: int) -> bytes:
    """These are reported at st-a, and this is what st-b is ordered then."""
    for badge in badges:
        two.report("st-a", mark(badge))
    two.deliver("st-a")
    return two.kept["st-b"]


def resigned(two: Ordered, message: bytes, sequence: int, signer: LeafSigner = SIGNER) -> bytes:
    """The same orders under another number."""
    return sign_orders(orders_text(replace(two.read("st-b", message), sequence=sequence)), signer)


def codes(two: Ordered) -> list[str]:
    return [fact.code for fact in two.facts("st-b", OrdersRefused) if isinstance(fact, OrdersRefused)]


def test_a_badge_that_was_lost_elsewhere_is_dead_here_and_the_answer_stands_behind_it(two: Ordered) -> None:
    (reported,) = two.report("st-a", mark(1))
    message = told(two, 2)
    commits: list[int] = []
    two.stations["st-b"].clerk.listen(lambda: commits.append(1))
    two.hear("st-b", message)
    assert two.lost_at("st-b") == {mark(1), mark(2)}
    first, second, answer = two.facts("st-b", BadgeLostElsewhere, OrdersTaken)
    assert first == BadgeLostElsewhere(badge=mark(1), station="st-a", reported=reported.n)
    assert isinstance(second, BadgeLostElsewhere)
    digest = digest_of(orders_text(two.read("st-b", message)))
    sequence = two.read("st-b", message).sequence
    assert answer == OrdersTaken(registry=two.books.witness_key.name, sequence=sequence, sha256=digest)
    assert commits == [1], "badges and answer are written in one commit"
    assert two.trouble("st-b") == ""


def test_whoever_lost_it_signs_in_nowhere_also_after_a_restart_without_network(two: Ordered, tmp_path: Path) -> None:
    ada, bob = OFFICERS
    assert ada.credentials
    bench = BenchDesk(tmp_path)
    is_lost = lambda one: one in two.lost_at("st-b")  # noqa: E731 - one line, used once
    signing_in = BadgeSignIn(OFFICERS, KEY, lock_out_file(tmp_path), is_lost)
    bench.lay(ADA)
    laid = bench.watch.laid(bench.clock.stamp())
    assert signing_in.sign_in(laid, PINS[ADA], bench.clock.stamp()) == ada
    two.report("st-a", mark_of(ada.credentials))
    two.deliver("st-a")
    two.hear("st-b")
    for _ in ("at once", "after a restart"):
        with pytest.raises(SignInRefusedError, match="此证卡已挂失"):
            signing_in.sign_in(laid, PINS[ADA], bench.clock.stamp())
        two.restart("st-b")
    bench.lay(BOB)
    assert signing_in.sign_in(bench.watch.laid(bench.clock.stamp()), PINS[BOB], bench.clock.stamp()) == bob


def test_what_was_taken_outlives_a_restart_and_the_tables_are_those_of_the_facts(two: Ordered) -> None:
    old = told(two, 1)
    two.hear("st-b", told(two, 2))
    two.hear("st-b", old)
    before = two.stations["st-b"].clerk.state
    two.restart("st-b")
    assert two.stations["st-b"].clerk.state == before
    connection = two.stations["st-b"].clerk._connection
    projections.rebuild(connection)
    assert projections.load(connection) == before
    two.hear("st-b", old)
    assert codes(two) == ["ORDERS_REPLAYED"]


def test_an_older_list_is_refused_and_told_once(two: Ordered) -> None:
    old = told(two, 1)
    two.hear("st-b", told(two, 2))
    for _ in range(3):
        two.hear("st-b", old)
        assert "older than ours" in two.trouble("st-b")
    assert codes(two) == ["ORDERS_REPLAYED"]
    assert len(two.facts("st-b", OrdersTaken)) == 1
    two.hear("st-b")
    assert two.trouble("st-b") == "", "the newest is still the newest"
    two.hear("st-b", told(two, 3))
    two.hear("st-b", old)
    assert codes(two) == ["ORDERS_REPLAYED", "ORDERS_REPLAYED"], "told once for each list that was taken"


def test_an_older_list_kills_no_badge_that_the_newer_one_does_not(two: Ordered) -> None:
    """None that an honest registry ever sent: it says no more than that a replay is not looked into."""
    newest = told(two, 1)
    two.hear("st-b", resigned(two, newest, 9))
    other = replace(two.read("st-b", newest), sequence=8)
    lost = replace(other.lost_badges[0], badge=mark(99))
    two.hear("st-b", sign_orders(orders_text(replace(other, lost_badges=(lost,))), SIGNER))
    assert two.lost_at("st-b") == {mark(1)}
    assert codes(two) == ["ORDERS_REPLAYED"]


def test_the_same_list_again_is_nothing_and_another_under_its_number_is_refused(two: Ordered) -> None:
    message = told(two, 1)
    two.hear("st-b", message)
    size = two.stations["st-b"].size
    two.hear("st-b", message)
    assert (two.stations["st-b"].size, two.trouble("st-b")) == (size, "")
    orders = two.read("st-b", message)
    two.hear("st-b", sign_orders(orders_text(replace(orders, lost_badges=())), SIGNER))
    assert codes(two) == ["ORDERS_CONTRADICTED"]
    assert "contradict" in two.trouble("st-b")


def forged_anew(three: Ordered) -> bytes:
    return resigned(three, three.kept["st-b"], 9, FORGED)


def cut_short(three: Ordered) -> bytes:
    return three.kept["st-b"][:-1]


def for_another(three: Ordered) -> bytes:
    return three.kept["st-c"]


@pytest.mark.parametrize(
    ("forged", "code"),
    [
        (forged_anew, "CERTIFICATE_OF_ANOTHER_CA"),
        (cut_short, "ORDERS_UNREADABLE"),
        (for_another, "ORDERS_FOR_ANOTHER_STATION"),
    ],
)
def test_what_cannot_be_believed_changes_nothing_and_is_told_once(
    tmp_path: Path, forged: Callable[[Ordered], bytes], code: str
) -> None:
    with closing(Ordered(tmp_path, "st-a", "st-b", "st-c")) as three:
        told(three, 1)
        for _ in range(3):
            three.hear("st-b", forged(three))
            assert code in three.trouble("st-b")
        assert (three.lost_at("st-b"), codes(three)) == (set(), [code])
        three.hear("st-b")
        assert (three.lost_at("st-b"), three.trouble("st-b")) == ({mark(1)}, "")


def test_a_list_of_a_later_program_says_what_to_do(two: Ordered) -> None:
    text = orders_text(two.read("st-b", told(two, 1))).replace("orders/1", "orders/2")
    two.hear("st-b", sign_orders(text, SIGNER))
    assert codes(two) == ["ORDERS_OF_ANOTHER_FORMAT"]
    assert "请升级本站程序" in two.trouble("st-b")


def test_orders_for_the_journal_before_this_one_are_no_trouble(two: Ordered) -> None:
    """The broker kept them; whoever was enrolled anew gets all again under the new name."""
    message = told(two, 1)
    station = two.stations["st-b"]
    later = replace(addressee(station, two.books), origin=f"{station.origin.rpartition('/')[0]}/2")
    inbox = OrdersInbox(later, lambda: station.clerk.state, station.tell, station.clerk._clock)
    inbox.came(message)
    inbox.follow()
    assert (inbox.trouble, codes(two), two.lost_at("st-b")) == ("", [], set())


def test_what_could_not_be_written_down_is_tried_again(two: Ordered) -> None:
    message, station = told(two, 1), two.stations["st-b"]
    full = [True]

    def tell(said: Observation) -> tuple[Fact, ...]:
        if full:
            raise WireFailedError("the disk is full")
        return station.tell(said)

    inbox = OrdersInbox(addressee(station, two.books), lambda: station.clerk.state, tell, station.clerk._clock)
    inbox.came(message)
    for _ in range(3):
        inbox.follow()
        assert "disk is full" in inbox.trouble
    full.clear()
    inbox.follow()
    assert (inbox.trouble, two.lost_at("st-b")) == ("", {mark(1)})


def test_a_flood_leaves_the_newest(two: Ordered) -> None:
    message = told(two, 1)
    for _ in range(1_000):
        two.inboxes["st-b"].came(b"flood")
    two.hear("st-b", message)
    assert two.lost_at("st-b") == {mark(1)}
    assert len(two.inboxes["st-b"]._waiting) == 0


def test_a_badge_reported_here_too_is_dead_once(two: Ordered) -> None:
    two.report("st-b", mark(1))
    two.hear("st-b", told(two, 1, 2))
    assert two.facts("st-b", BadgeLostElsewhere) == [BadgeLostElsewhere(badge=mark(2), station="st-a", reported=2)]
    assert two.report("st-b", mark(2)) == ()


def test_no_journal_takes_a_list_twice_or_backwards() -> None:
    known = advanced(None, 3)
    for sequence in (1, 3):
        with pytest.raises(IllegalStepError):
            advanced(known, sequence)
    assert advanced(known, 4).sequence == 4


def advanced(known: Followed | None, sequence: int) -> Followed:
    body = OrdersTaken(registry="r", sequence=sequence, sha256="0" * 64)
    return advance_orders(known, Fact(9, START, "station", "p@1", "orders:1", body))
