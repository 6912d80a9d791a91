"""Random histories of a dock: cameras that film, bays, officers, wires that stammer, tell twice or talk nonsense.

The world here is the truth: what is really on each camera, and what really reached the disk. It tells the station
observations and does what the facts order, and nothing else. Whether the station kept its promises is then read off
the facts alone, by an oracle that shares no code with it.
"""

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, fields
from typing import Any

from station.custody import acts
from station.custody import facts as said
from station.custody import observations as seen
from station.custody.copy_disk import Gone
from station.custody.facts import Fact, FactBody
from station.custody.facts_of_batteries import FullCharge
from station.custody.facts_of_disks import DiskWrittenOff
from station.custody.facts_of_footage import CopyLost
from station.custody.media_times import Media
from station.errors import DockwardError
from station.policy.permits import ClearingDemand
from tests.plain_policy import PlainPolicy
from tests.stations import seeded_keys

BAYS = ("1", "2", "3")
CAMERAS = ("C1", "C2", "C3", "STRANGER")
OFFICERS = ("o1", "o2")
DISKS = ("disk-b", "disk-c")
DAY_MS = 86_400_000

MEDIA = (
    None,
    Media("OTHER", notes=("MEDIA_EMPTY",)),
    Media("MP4", written_ms=1_000, length_ms=500),
    Media("MP4", written_ms=DAY_MS),
)
"""What files say of themselves: nothing, what fits, what cannot be."""

Tell = Callable[[seen.Observation], tuple[Fact, ...]]

POLICIES = tuple(
    PlainPolicy(
        name=f"copies-{copies}-release-{release}@1",
        cameras=frozenset(CAMERAS[:-1]),
        clearing=ClearingDemand(copies=copies, custodian_release=release),
        custodians=frozenset({"custodian-1"}),
        offer_lasts_ms=8_000,
        silent_repair_after_ms=0,
        handover_ms=-1,
    )
    for copies in (1, 2, 3)
    for release in (False, True)
)


@dataclass
class World:
    """What is really there. `on_camera`: listing → digest of what was filmed."""

    rng: random.Random
    tell: Tell
    set_roster: Callable[[frozenset[str]], None]
    boot_again: Callable[[], None]
    log_key: str = str(seeded_keys().log_key)
    on_camera: dict[str, dict[str, str]] = field(default_factory=lambda: {camera: {} for camera in CAMERAS})
    in_bay: dict[str, str] = field(default_factory=dict)
    filmed: list[tuple[str, str]] = field(default_factory=list)
    on_disk: set[str] = field(default_factory=set)
    facts: list[Fact] = field(default_factory=list)
    refused: int = 0
    disks: list[str] = field(default_factory=lambda: list(DISKS))
    """For second copies; one that is gone is followed by another."""

    def say(self, observation: seen.Observation) -> tuple[Fact, ...]:
        """Tell it, sometimes twice; a refusal is an answer, and must have changed nothing (others check that)."""
        found: tuple[Fact, ...] = ()
        for _ in range(self.rng.choice((1, 1, 1, 2))):
            try:
                found = self.tell(observation)
            except DockwardError:
                self.refused += 1
                found = ()
            self.facts += found
        return found

    def step(self) -> None:
        self.rng.choice(_ACTS)(self)

    def bay(self) -> str:
        return self.rng.choice(BAYS)

    def docking(self, bay: str) -> int:
        """The bay's newest docking, as a worker knows it; sometimes the one before, for workers that are late."""
        started = [fact.n for fact in self.facts if isinstance(fact.body, said.DockingStarted) and fact.body.bay == bay]
        late = len(started) > 1 and self.rng.random() < 0.05
        return started[-2 if late else -1] if started else 0

    def recording(self) -> int:
        held = [fact.n for fact in self.facts if isinstance(fact.body, said.RecordingHeld)]
        return self.rng.choice(held[-6:]) if held else 0


def film(world: World) -> None:
    camera = world.rng.choice(CAMERAS)
    number = len(world.filmed)
    digest = f"{number:064x}"
    world.filmed.append((camera, digest))
    world.on_camera[camera][f"clip-{number}"] = digest


def dock(world: World) -> None:
    bay = world.bay()
    camera = world.rng.choice(CAMERAS)
    if bay not in world.in_bay and camera not in world.in_bay.values():
        world.in_bay[bay] = camera
        world.say(seen.PresenceClosed(bay=bay))
        if world.rng.random() < 0.8:
            identify(world, bay)


def swap_unseen(world: World) -> None:
    """One camera out and another in, so fast that the switch saw nothing."""
    bay = world.bay()
    camera = world.rng.choice(CAMERAS)
    if bay in world.in_bay and camera not in world.in_bay.values():
        world.in_bay[bay] = camera
        identify(world, bay)


def identify(world: World, bay: str | None = None) -> None:
    bay = bay or world.bay()
    camera = world.in_bay.get(bay)
    if camera is None:
        return
    claimed = camera if world.rng.random() < 0.95 else world.rng.choice(CAMERAS)
    known = world.rng.random() < 0.8
    world.say(
        seen.CameraIdentified(
            docking=world.docking(bay),
            camera=claimed,
            model="T8",
            clock_ahead_ms=world.rng.randrange(-5_000, 5_000) if known else None,
            clock_error_ms=500 if known else None,
        )
    )


def stay_silent(world: World) -> None:
    label = world.rng.choice((None, *CAMERAS))
    docking = world.docking(world.bay())
    world.say(seen.CameraStayedSilent(docking=docking, label=label))
    world.say(seen.CameraStaysSilent(docking=docking))


def wake_late(world: World) -> None:
    """A flat camera, bound by its label, speaks at last; perhaps it has left the roster meanwhile."""
    bay = world.bay()
    camera = world.rng.choice(CAMERAS)
    if bay not in world.in_bay and camera not in world.in_bay.values():
        world.in_bay[bay] = camera
        world.say(seen.PresenceClosed(bay=bay))
        world.say(seen.CameraStayedSilent(docking=world.docking(bay), label=camera))
        change_roster(world)
        identify(world, bay)


def restart(world: World) -> None:
    """The station starts anew; its wires tell again what they see."""
    world.boot_again()
    for bay in BAYS:
        world.say(seen.PresenceClosed(bay=bay) if bay in world.in_bay else seen.PresenceOpened(bay=bay))
        identify(world, bay)
        if bay in world.in_bay and world.rng.random() < 0.7:
            world.say(
                seen.CameraListed(docking=world.docking(bay), listings=frozenset(world.on_camera[world.in_bay[bay]]))
            )


def read_all(world: World) -> None:
    """Read some of what is there: on the disk first, told afterwards; the telling may be lost."""
    bay = world.bay()
    camera = world.in_bay.get(bay)
    if camera is None:
        return
    for listing, digest in list(world.on_camera[camera].items()):
        if world.rng.random() < 0.7:
            world.on_disk.add(digest)
            world.say(
                seen.RecordingRead(
                    docking=world.docking(bay),
                    listing=listing,
                    size_bytes=1 + int(digest, 16),
                    sha256=digest,
                    original_name=f"{listing}.mp4",
                    begun_device_ms=world.rng.choice((None, 1_000, 60_000)),
                    ended_device_ms=world.rng.choice((None, 2_000, 90_000)),
                    media=MEDIA[int(digest, 16) % len(MEDIA)],
                )
            )
    if world.rng.random() < 0.8:
        world.say(seen.CameraListed(docking=world.docking(bay), listings=frozenset(world.on_camera[camera])))


def sign(world: World) -> None:
    world.say(seen.StatementMade(recording=world.recording(), statement_sha256="a" * 64))


def sign_everything(world: World) -> None:
    for fact in list(world.facts):
        if isinstance(fact.body, said.RecordingHeld):
            world.say(seen.StatementMade(recording=fact.n, statement_sha256="a" * 64))


def receive(world: World) -> None:
    world.say(seen.ReceiptVerified(recording=world.recording(), receipt_sha256="b" * 64))


def receive_everything(world: World) -> None:
    for fact in list(world.facts):
        if isinstance(fact.body, said.StatementSigned):
            world.say(seen.ReceiptVerified(recording=fact.body.recording, receipt_sha256="b" * 64))


def copy(world: World) -> None:
    """Now and then onto one that may be gone."""
    disk = world.rng.choice(world.disks if world.rng.random() < 0.95 else DISKS)
    world.say(seen.SecondCopyProved(recording=world.recording(), disk=disk))


def lose_disk(world: World) -> None:
    """By two hands, or not quite; copies that were made on it go with it."""
    disk = world.rng.choice(world.disks)
    gone = world.rng.choice(list(Gone))
    for fact in world.say(acts.AskWriteOff(by="custodian-1", disk=disk, gone=gone, ground="摔坏")):
        if world.say(acts.WriteOffDisk(by="head-1", write_off=fact.n)):
            world.disks[world.disks.index(disk)] = f"disk-{len(world.facts)}"


def spoil(world: World) -> None:
    found = world.rng.choice((seen.MISSING, seen.UNREADABLE, "e" * 64))
    world.say(seen.SecondCopySpoiled(recording=world.recording(), disk=world.rng.choice(DISKS), found=found))


def release(world: World) -> None:
    bays = tuple(world.rng.sample(BAYS, world.rng.choice((1, 2))))
    world.say(seen.ReleaseGiven(bays=bays, remark="同意", by="custodian-1"))


def clear(world: World) -> None:
    """Ask; delete from the camera exactly what the order names; list. Power may fail in between."""
    bay = world.bay()
    world.say(seen.ClearingAsked(docking=world.docking(bay)))
    if world.rng.random() < 0.3:
        world.say(seen.ClockWasSet(docking=world.docking(bay), clock_ahead_ms=0, clock_error_ms=500))
    carry_out_order(world, bay)


def carry_out_order(world: World, bay: str | None = None) -> None:
    bay = bay or world.bay()
    camera = world.in_bay.get(bay)
    order = _last_order(world.facts, bay)
    if camera is None or order is None:
        return
    held = {fact.n: fact.body for fact in world.facts if isinstance(fact.body, said.RecordingHeld)}
    for proof in order.proofs:
        if world.rng.random() < 0.9:
            world.on_camera[camera].pop(held[proof.recording].listing, None)
    if world.rng.random() < 0.8:
        world.say(seen.DeletionsListed(docking=world.docking(bay), listings=frozenset(world.on_camera[camera])))


def ask(world: World) -> None:
    world.say(seen.CameraAsked(bay=world.bay(), by=world.rng.choice(OFFICERS), reason=world.rng.choice(("", "紧急"))))


def hand_over(world: World) -> None:
    world.say(seen.HandedOver(docking=world.docking(world.bay()), by=world.rng.choice(OFFICERS)))


def time_out(world: World) -> None:
    world.say(seen.OfferTimedOut(docking=world.docking(world.bay())))


def take_out(world: World) -> None:
    bay = world.bay()
    if world.in_bay.pop(bay, None):
        world.say(seen.PresenceOpened(bay=bay))


def measure(world: World) -> None:
    bay = world.bay()
    world.say(seen.BatteryMeasured(docking=world.docking(bay), percent=50, health_percent=None))
    if world.rng.random() < 0.5:
        world.say(seen.ClockWasSet(docking=world.docking(bay), clock_ahead_ms=0, clock_error_ms=500))
    else:
        world.say(seen.ClockCouldNotBeSet(docking=world.docking(bay)))
    world.say(
        seen.BatteryWasWeighed(
            docking=world.docking(bay),
            board="board-1",
            gain_error=10_000,
            told=None,
            weighed=FullCharge(2_400, 12_000, 20_000),
            milliohms=None,
        )
    )
    gone = seen.MissedFile(
        listing=f"gone-{bay}", size_bytes=1, original_name="gone.mp4", begun_device_ms=None, ended_device_ms=None
    )
    world.say(seen.FilesMissed(docking=world.docking(bay), files=(gone,)))
    handled = seen.CameraHandled(
        docking=world.docking(bay), camera=world.in_bay.get(bay), act="LS", outcome="DONE", by="uid:0", account="root"
    )
    world.say(handled)
    world.say(seen.BayTested(bay=bay, by="uid:0", account="root", outcome="FAILED", failed=("CHARGER",)))


def stir_wires(world: World) -> None:
    """A key, the supply, a board's cut: told and told again, and as a board that restarted counts them."""
    bay = world.bay()
    world.say(seen.KeyTurned(bay=bay, turned=world.rng.random() < 0.5))
    world.say(seen.PowerSaid(well=world.rng.random() < 0.5))
    number = world.rng.randrange(1, 4)
    if world.rng.random() < 0.5:
        why, value = world.rng.choice((("SHORT", 3_100), ("OVER_TEMPERATURE", 5_612), ("BLIND", None)))
        world.say(seen.ChargerCut(bay=bay, why=why, number=number, value=value))
    else:
        world.say(seen.CutAcknowledged(bay=bay, number=number))


def purge(world: World) -> None:
    world.say(seen.PurgeOrdered(entries=(world.recording(),), rule="TERM_OVER"))


def visit(world: World) -> None:
    """Something like an ordinary visit, any part of which may fall out."""
    for act in (dock, read_all, read_all, sign_everything, receive_everything, copy, release):
        if world.rng.random() < (0.5 if act is receive_everything else 0.9):
            act(world)
    for bay in BAYS:
        world.say(seen.ClearingAsked(docking=world.docking(bay)))
        carry_out_order(world, bay)
    ask(world)


def change_roster(world: World) -> None:
    """A new roster arrives: cameras come into it and leave it, lent ones too."""
    world.set_roster(frozenset(world.rng.sample(CAMERAS, world.rng.choice((2, 3, 4)))))


def talk_nonsense(world: World) -> None:
    """A lying or broken wire: any observation at all, out of place."""
    bay, number = world.bay(), world.rng.randrange(-1, 40)
    kind = world.rng.choice(_NONSENSE)
    values = {"bay": bay, "docking": number, "recording": number, "entries": (number,), "listings": frozenset()}
    defaults = {"int": number, "str": "x", "int | None": None, "str | None": None}
    words: dict[str, Any] = {f.name: values.get(f.name, defaults.get(str(f.type), "f" * 64)) for f in fields(kind)}
    world.say(kind(**words))


_NONSENSE: tuple[type[seen.Observation], ...] = (
    seen.JournalBegun,
    seen.CameraListed,
    seen.DeletionsListed,
    seen.StatementMade,
    seen.ReceiptVerified,
    seen.SecondCopyProved,
    seen.ClearingAsked,
    seen.PurgeOrdered,
)

_ACTS: tuple[Callable[[World], None], ...] = (
    film, film, dock, dock, dock, swap_unseen, identify, stay_silent, read_all, read_all, sign, sign_everything,
    receive, receive_everything, copy, copy, copy, release, clear, clear, carry_out_order, ask, ask, time_out, take_out,
    take_out, measure, purge, talk_nonsense, change_roster, wake_late, restart, visit, visit, visit, visit,
    stir_wires, lose_disk, spoil, hand_over, hand_over,
)  # fmt: skip


def play(world: World, steps: int) -> Iterator[World]:
    """One history: the journal opens, then so many random acts; yields after each."""
    world.say(seen.JournalBegun(origin="dockward/test/t-01/1", log_key=world.log_key))
    for _ in range(steps):
        world.step()
        yield world


def lost_footage(world: World) -> list[str]:
    """What was filmed and is neither on its camera nor on our disk with a fact that says so."""
    held = {fact.body.sha256 for fact in world.facts if isinstance(fact.body, said.RecordingHeld)}
    kept = held & world.on_disk
    return [
        digest
        for camera, digest in world.filmed
        if digest not in world.on_camera[camera].values() and digest not in kept
    ]


def unproved_clearings(facts: list[Fact], demand: ClearingDemand) -> list[str]:
    """Read the facts from the front, counting proofs as a person would; name every order that lacks one."""
    wrong: list[str] = []
    copies: dict[int, set[str]] = {}
    held_in: dict[int, str] = {}
    source_of: dict[int, str] = {}
    released: dict[int, int] = {}
    for fact in facts:
        match fact.body:
            case said.CameraAdmitted(docking=docking, camera=camera):
                source_of[docking] = camera
            case said.RecordingHeld(source=source):
                held_in[fact.n] = source
                copies[fact.n] = set()
            case said.StatementSigned(recording=recording):
                copies[recording].add("ours")
            case said.ReceiptAccepted(recording=recording):
                copies[recording].add("registry")
            case said.CopySealed(recording=recording, disk=disk):
                copies[recording].add(disk)
            case CopyLost(recording=recording, disk=disk):
                copies[recording].discard(disk)
            case DiskWrittenOff(disk=disk):
                for counted in copies.values():
                    counted.discard(disk)
            case said.ClearingReleased(docking=docking):
                released[docking] = fact.n
            case said.ClearingOrdered(docking=docking, proofs=proofs):
                for proof in proofs:
                    n = proof.recording
                    proved = "ours" in copies[n] and len(copies[n]) >= demand.copies
                    let_go = not demand.custodian_release or n < released.get(docking, -1)
                    if not (proved and let_go and source_of.get(docking) == held_in[n]):
                        wrong.append(f"fact {fact.n} orders recording {n} cleared without the proof demanded")
            case _:
                pass
    return wrong


def _last_order(facts: list[Fact], bay: str) -> said.ClearingOrdered | None:
    """The order that stands for the camera now in this bay, as a worker would find it."""
    docking = order = None
    for fact in facts:
        body: FactBody = fact.body
        if isinstance(body, said.DockingStarted) and body.bay == bay:
            docking, order = fact.n, None
        elif isinstance(body, said.ClearingOrdered) and body.docking == docking:
            order = body
        elif isinstance(body, (said.CameraCleared, said.DockingEnded)) and body.docking == docking:
            order = None
    return order
