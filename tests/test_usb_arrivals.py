"""Promise: what is plugged in or pulled out is noticed once it has settled, whatever the kernel's messages say."""

from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
import pyudev  # type: ignore[import-untyped]

from hardware.simulated.dock import Dock
from hardware.simulated.usb_backend import VirtualUsb
from hardware.usb_arrivals import SETTLED_MS, Arrivals, Changes, NetlinkTriggers
from hardware.usb_places import Attached, attached
from hardware.wires import HostError

ONE = Attached("1-1.1", 0x1209, 1, 4)
TWO = Attached("1-1.2", 0x1209, 1, 5)
NONE: frozenset[Attached] = frozenset()


class Scripted:
    """Says something or nothing, as written; then nothing more."""

    def __init__(self, said: Iterable[bool] = ()) -> None:
        self._said: Iterator[bool] = iter(said)
        self.waited: list[int] = []

    def wait(self, patience_ms: int) -> bool:
        self.waited.append(patience_ms)
        return next(self._said, False)


class Tree:
    """What is plugged in at each look."""

    def __init__(self, *looks: set[Attached]) -> None:
        self._looks = iter(looks)

    def __call__(self) -> frozenset[Attached]:
        return frozenset(next(self._looks))


def test_what_is_there_already_has_arrived_at_once() -> None:
    triggers = Scripted()
    assert Arrivals(Tree({ONE}), triggers).next(60_000) == Changes(frozenset({ONE}), NONE)
    assert triggers.waited == []


def test_the_tree_is_looked_at_when_it_has_settled() -> None:
    triggers = Scripted([True, True, True, False])
    arrivals = Arrivals(Tree({ONE}, {ONE, TWO}), triggers)
    arrivals.next(60_000)
    assert arrivals.next(60_000) == Changes(frozenset({TWO}), NONE)
    assert triggers.waited == [60_000, SETTLED_MS, SETTLED_MS, SETTLED_MS]


def test_a_message_that_was_lost_costs_one_wait() -> None:
    triggers = Scripted()
    arrivals = Arrivals(Tree({ONE}, set()), triggers)
    arrivals.next(60_000)
    assert arrivals.next(60_000) == Changes(NONE, frozenset({ONE}))
    assert triggers.waited == [60_000]


def test_a_message_about_nothing_changes_nothing() -> None:
    arrivals = Arrivals(Tree({ONE}, {ONE}), Scripted([True]))
    arrivals.next(60_000)
    assert arrivals.next(60_000) == Changes(NONE, NONE)


def test_pulled_out_and_put_back_within_a_moment_is_another_camera() -> None:
    back = ONE._replace(address=9)
    arrivals = Arrivals(Tree({ONE}, {back}), Scripted([True, True]))
    arrivals.next(60_000)
    assert arrivals.next(60_000) == Changes(frozenset({back}), frozenset({ONE}))


def test_a_loose_contact_does_not_hide_the_others() -> None:
    triggers = Scripted(True for _ in range(10_000))
    arrivals = Arrivals(Tree({ONE}, {ONE, TWO}), triggers)
    arrivals.next(60_000)
    assert arrivals.next(60_000).arrived == {TWO}
    assert len(triggers.waited) < 1_000


def test_at_a_dock_every_putting_is_an_arrival(tmp_path: Path) -> None:
    dock = Dock(tmp_path / "dock")
    dock.make_camera("T8-1")
    tree = VirtualUsb(dock, {"1": "1-1.1"}, lambda: 0)
    arrivals = Arrivals(lambda: attached(tree), Scripted())
    assert arrivals.next(0) == Changes(NONE, NONE)
    dock.put("T8-1", "1")
    first = arrivals.next(0)
    assert {found.usb_path for found in first.arrived} == {"1-1.1"}
    dock.take("1", by_force=True)
    dock.put("T8-1", "1")
    second = arrivals.next(0)
    assert (second.departed, len(second.arrived)) == (first.arrived, 1)


def test_the_kernels_messages_can_be_heard_here() -> None:
    assert NetlinkTriggers().wait(0) in {False, True}


def test_without_udevs_library_it_is_said_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing() -> None:
        raise ImportError("No library named udev")

    monkeypatch.setattr(pyudev, "Context", missing)
    with pytest.raises(HostError, match="install libudev1"):
        NetlinkTriggers()
