"""Promise: what is plugged in or pulled out is noticed once it has settled, whatever the kernel's messages say."""

import errno
import re
import select
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
import pyudev  # type: ignore[import-untyped]
import usb.core  # type: ignore[import-untyped]

import hardware.usb_arrivals
from hardware.camera_models import shipped_models
from hardware.simulated.dock import Dock
from hardware.simulated.usb_backend import Plugged, VirtualUsb
from hardware.usb_arrivals import (
    LOOKS_EVERY_MS,
    SETTLED_MS,
    Arrivals,
    Intervals,
    NetlinkTriggers,
    Triggers,
    kernel_arrivals,
)
from hardware.usb_places import Attached, attached
from hardware.wires import Changes, HostError
from tests.udev_room import UdevRoom

ROOT = Path(__file__).parent.parent
ONE = Attached("1-1.1", 0x1209, 1, 4)
TWO = Attached("1-1.2", 0x1209, 1, 5)
NONE: frozenset[str] = frozenset()
CONFINED = """
import ctypes
assert ctypes.CDLL(None).prctl(65, 1, 0, 0, 0) == 0, "this kernel cannot refuse writable code"
from hardware.usb_arrivals import NetlinkTriggers
NetlinkTriggers().wait(0)
"""


class Scripted:
    """Says something or nothing, as written; then nothing more."""

    def __init__(self, said: Iterable[bool] = ()) -> None:
        self._said: Iterator[bool] = iter(said)
        self.waited: list[int] = []

    def wait(self, patience_ms: int) -> bool:
        self.waited.append(patience_ms)
        return next(self._said, False)

    def stop(self) -> None:
        self._said = iter(())


class Tree:
    """What is plugged in at each look."""

    def __init__(self, *looks: set[Attached]) -> None:
        self._looks = iter(looks)

    def __call__(self) -> frozenset[Attached]:
        return frozenset(next(self._looks))


def test_what_is_there_already_has_arrived_at_once() -> None:
    triggers = Scripted()
    assert Arrivals(Tree({ONE}), triggers).next(60_000) == Changes(frozenset({"1-1.1"}), NONE)
    assert triggers.waited == []


def test_the_tree_is_looked_at_when_it_has_settled() -> None:
    triggers = Scripted([True, True, True, False])
    arrivals = Arrivals(Tree({ONE}, {ONE, TWO}), triggers)
    arrivals.next(60_000)
    assert arrivals.next(60_000) == Changes(frozenset({"1-1.2"}), NONE)
    assert triggers.waited == [60_000, SETTLED_MS, SETTLED_MS, SETTLED_MS]


def test_a_message_that_was_lost_costs_one_wait() -> None:
    triggers = Scripted()
    arrivals = Arrivals(Tree({ONE}, set()), triggers)
    arrivals.next(60_000)
    assert arrivals.next(60_000) == Changes(NONE, frozenset({"1-1.1"}))
    assert triggers.waited == [60_000]


def test_a_message_about_nothing_changes_nothing() -> None:
    arrivals = Arrivals(Tree({ONE}, {ONE}), Scripted([True]))
    arrivals.next(60_000)
    assert arrivals.next(60_000) == Changes(NONE, NONE)


def test_pulled_out_and_put_back_within_a_moment_is_another_camera() -> None:
    back = ONE._replace(address=9)
    arrivals = Arrivals(Tree({ONE}, {back}), Scripted([True, True]))
    arrivals.next(60_000)
    assert arrivals.next(60_000) == Changes(frozenset({"1-1.1"}), frozenset({"1-1.1"}))


def test_a_loose_contact_does_not_hide_the_others() -> None:
    triggers = Scripted(True for _ in range(10_000))
    arrivals = Arrivals(Tree({ONE}, {ONE, TWO}), triggers)
    arrivals.next(60_000)
    assert arrivals.next(60_000).arrived == {"1-1.2"}
    assert len(triggers.waited) < 1_000


def test_at_a_dock_every_putting_is_an_arrival_and_another_plugging_in(tmp_path: Path) -> None:
    dock = Dock(tmp_path / "dock")
    dock.make_camera("T8-1")
    tree = VirtualUsb(dock, {"1": "1-1.1"}, lambda: 0)
    arrivals = Arrivals(lambda: attached(tree), Scripted())
    here = frozenset({"1-1.1"})
    assert (arrivals.next(0), arrivals.plugging("1-1.1")) == (Changes(NONE, NONE), None)
    dock.put("T8-1", "1")
    first = arrivals.plugging("1-1.1")
    assert (arrivals.next(0), arrivals.plugging("1-1.1")) == (Changes(here, NONE), first)
    dock.take("1", by_force=True)
    dock.put("T8-1", "1")
    assert arrivals.plugging("1-1.1") not in {first, None}, "before anybody said so"
    assert arrivals.next(0) == Changes(here, here)
    assert arrivals.next(0) == Changes(NONE, NONE)


def test_a_tree_that_cannot_be_read_is_this_machines_fault(tmp_path: Path) -> None:
    class Broken(VirtualUsb):
        def enumerate_devices(self) -> Iterator[Plugged]:
            raise usb.core.USBError("Insufficient memory", -11, errno.ENOMEM)

    backend = Broken(Dock(tmp_path / "dock"), {}, lambda: 0)
    with pytest.raises(HostError, match="Insufficient memory"):
        Arrivals(lambda: attached(backend), Scripted()).next(0)


# --- who says that it is time to look


def test_the_kernels_messages_can_be_heard_here() -> None:
    assert NetlinkTriggers().wait(0) in {False, True}


def test_more_messages_than_the_kernel_keeps_are_one_and_the_next_are_heard(monkeypatch: pytest.MonkeyPatch) -> None:
    triggers = NetlinkTriggers()
    failed = [[(triggers._monitor.fileno(), select.POLLIN | select.POLLERR)], []]
    monkeypatch.setattr(triggers, "_either", SimpleNamespace(poll=lambda _patience_ms: failed.pop(0)))
    monkeypatch.setattr(socket.socket, "getsockopt", lambda *_asked: errno.ENOBUFS)
    assert triggers.wait(60_000) is True
    assert triggers.wait(0) in {False, True}


def test_a_socket_that_failed_otherwise_is_heard_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as nobodys, socket.socket(type=socket.SOCK_DGRAM) as failing:
        nobodys.bind(("127.0.0.1", 0))
        failing.connect(nobodys.getsockname())
        nobodys.close()
        failing.send(b"?")
        monkeypatch.setattr(pyudev.Monitor, "fileno", lambda _monitor: failing.fileno())
        triggers = NetlinkTriggers()
        with pytest.raises(HostError, match="refused"):
            triggers.wait(60_000)
        assert triggers.wait(0) is False, "it was asked how"


def test_without_udevs_library_it_is_said_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing() -> None:
        raise ImportError("No library named udev")

    monkeypatch.setattr(pyudev, "Context", missing)
    with pytest.raises(HostError, match="install libudev1"):
        NetlinkTriggers()


def test_where_messages_cannot_be_heard_the_tree_is_looked_at_and_the_reason_known(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A container without netlink; a real socket is refused as the kernel does it."""
    refused = OSError(errno.EAFNOSUPPORT, "Address family not supported by protocol")
    monkeypatch.setattr(pyudev.Monitor, "from_netlink", lambda *_told, **_named: (_ for _ in ()).throw(refused))
    monkeypatch.setattr(hardware.usb_arrivals, "attached", lambda _backend: frozenset({ONE}))
    arrivals = kernel_arrivals()
    assert "allow AF_NETLINK" in arrivals.deaf
    assert arrivals.next(0).arrived == {"1-1.1"}
    assert isinstance(arrivals._triggers, Intervals)


def test_messages_that_end_in_mid_life_are_gone_on_without(monkeypatch: pytest.MonkeyPatch) -> None:
    class Ending(Scripted):
        def wait(self, patience_ms: int) -> bool:
            super().wait(patience_ms)
            raise HostError("cannot hear what is plugged in: gone")

    instead = Scripted()
    monkeypatch.setattr(hardware.usb_arrivals, "Intervals", lambda _every_ms: instead)
    triggers = Ending()
    arrivals = Arrivals(Tree({ONE}, {TWO}, {ONE, TWO}), triggers)
    arrivals.next(60_000)
    assert arrivals.next(60_000) == Changes(frozenset({"1-1.2"}), frozenset({"1-1.1"}))
    assert arrivals.next(60_000).arrived == {"1-1.1"}
    assert arrivals.deaf == "cannot hear what is plugged in: gone"
    assert (triggers.waited, instead.waited) == ([60_000], [60_000])


def test_intervals_are_no_longer_than_is_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    waited: list[float] = []
    intervals = Intervals(LOOKS_EVERY_MS)
    monkeypatch.setattr(intervals._stopped, "wait", waited.append)
    assert [intervals.wait(60_000), intervals.wait(500)] == [False, False]
    assert waited == [LOOKS_EVERY_MS / 1000, 0.5]


@pytest.mark.parametrize("make", [NetlinkTriggers, lambda: Intervals(10**9)])
def test_whoever_waits_for_messages_can_be_stopped(make: Callable[[], Triggers]) -> None:
    """Waiting is one sleep in the kernel, not many short ones; so it has to be woken."""
    triggers = make()
    said: list[bool] = []
    waiting = threading.Thread(target=lambda: said.append(triggers.wait(10**8)), daemon=True)
    waiting.start()
    triggers.stop()
    waiting.join(20)
    assert (waiting.is_alive(), said) == (False, [False])
    assert triggers.wait(10**8) is False, "nor is it waited for later"


def test_a_confined_station_may_hear_the_kernel() -> None:
    """Over netlink, and through libraries that need no writable code, as MemoryDenyWriteExecute has it."""
    unit = (ROOT / "systemd/dockward-station.service").read_text(encoding="utf-8")
    (families,) = [line for line in unit.splitlines() if line.startswith("RestrictAddressFamilies=")]
    assert "AF_NETLINK" in families.partition("=")[2].split()
    heard = subprocess.run([sys.executable, "-c", CONFINED], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (heard.returncode, heard.stderr) == (0, "")


# --- whom the system lets open a camera that must be unlocked


def test_udev_gives_the_station_every_model_that_must_be_unlocked_and_no_other(tmp_path: Path) -> None:
    """Such a camera has no interface yet that says what it is: the rule knows it by its number, as the table does."""
    rules = (ROOT / "systemd/udev/60-dockward.rules").read_text(encoding="utf-8")
    locked = {ids for ids, model in shipped_models().by_id.items() if model.unlock is not None}
    assert locked, "the table has no such model left, and needs no such rule"
    strangers = {(vendor, product ^ 0x8000) for vendor, product in locked} | {
        (0x046D, product) for _, product in locked
    }
    devices = {
        ("usb", f"{vendor:04x}-{product:04x}"): _uevent(vendor, product) for vendor, product in locked | strangers
    }
    udev = UdevRoom(tmp_path, {"60-dockward.rules": rules}, devices)
    given = {ids for ids in locked | strangers if udev.decided(f"{ids[0]:04x}-{ids[1]:04x}") == ("dockward", "0660")}
    assert given == locked
    named = set(re.findall(r'ENV\{ID_VENDOR_ID\}=="(\w+)", ENV\{ID_MODEL_ID\}=="(\w+)"', rules))
    assert {(int(vendor, 16), int(product, 16)) for vendor, product in named} == locked


def _uevent(vendor: int, product: int) -> dict[str, str]:
    """What the kernel and Debian's own rules say of a device that shows its vendor's interface alone."""
    ids = {"ID_VENDOR_ID": f"{vendor:04x}", "ID_MODEL_ID": f"{product:04x}", "ID_USB_INTERFACES": ":ff0000:"}
    return {"MAJOR": "189", "MINOR": "1", "DEVTYPE": "usb_device", "DEVNAME": f"bus/usb/001/{product:03d}", **ids}
