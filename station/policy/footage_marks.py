"""What footage, the camera and the store themselves say about how they were treated, as findings.

Facts only: whether somebody meant it is for people to judge. What could not be read accuses nobody, and a clock's own
error is taken off first. The detections of prohibited acts follow the switches of `prohibited.acts`.
"""

import datetime as dt
from collections.abc import Collection, Iterator, Mapping
from enum import StrEnum
from itertools import pairwise

from station.policy.civil_time import MS_PER_HOUR
from station.policy.effective import EffectivePack
from station.policy.gate import clock_is_off
from station.policy.permits import PERMITTED, FileTimes, Intake, Reported, Store, Verdict


def watched(pack: EffectivePack, act: str, code: str) -> Iterator[Verdict]:
    """The finding of a prohibited act, where its detection is on."""
    switch = pack.entries("prohibited.acts").get(act)
    if switch is not None and switch.value is True:
        yield pack.finds(code, switch.name)


def sequence_gaps(
    pack: EffectivePack, camera: str, known: Collection[int], listed: Collection[int]
) -> tuple[Reported, ...]:
    """Numbers the camera left out before a file that is new. `known` are all it ever listed, cleared ones included.

    A camera that counts anew from one takes up numbers it had before: those hide a gap, they never make one.
    """
    numbers = sorted({*known, *listed})
    return tuple(
        Reported(verdict, camera, (("first_missing", before + 1), ("last_missing", after - 1)))
        for verdict in watched(pack, "PA-DELETE", "SEQ_GAP")
        for before, after in pairwise(numbers)
        if after > before + 1 and after not in known
    )


def altered(pack: EffectivePack, said: FileTimes) -> tuple[Reported, ...]:
    """Times that differ by more than a clock may be off, or another size than was listed before."""
    signs: list[tuple[str, int | str]] = []
    if said.bytes_listed_before is not None and said.bytes_listed_before != said.bytes_listed:
        signs += [("bytes_before", said.bytes_listed_before), ("bytes", said.bytes_listed)]
    for sign, one_ms, other_ms in (
        ("name_off_by_ms", said.name_begun_ms, said.container_begun_ms),
        ("written_off_by_ms", said.listed_changed_ms, said.container_ended_ms),
    ):
        if one_ms is not None and other_ms is not None and clock_is_off(pack, one_ms - other_ms, 0):
            signs.append((sign, one_ms - other_ms))
    if not signs:
        return ()
    return tuple(Reported(verdict, said.file, tuple(signs)) for verdict in watched(pack, "PA-ALTER", "FILE_ALTERED"))


def foreign_host(
    pack: EffectivePack, camera: str, at_lending: Mapping[str, int | str], at_return: Mapping[str, int | str]
) -> tuple[Reported, ...]:
    """Access marks the camera keeps itself, as the station left them and as it found them again."""
    changed = sorted(mark for mark in at_lending.keys() & at_return.keys() if at_lending[mark] != at_return[mark])
    if not changed:
        return ()
    evidence = tuple((mark, at_return[mark]) for mark in changed)
    return tuple(Reported(verdict, camera, evidence) for verdict in watched(pack, "PA-PRIVATE-COPY", "FOREIGN_HOST"))


def damaged(
    pack: EffectivePack, camera: str, passed_at_lending: frozenset[str], failed_at_return: frozenset[str]
) -> tuple[Reported, ...]:
    """Parts of the self-test that were well when the camera left and are not now."""
    worse = sorted(passed_at_lending & failed_at_return)
    if not worse:
        return ()
    evidence = tuple(("failed", part) for part in worse)
    return tuple(Reported(verdict, camera, evidence) for verdict in watched(pack, "PA-DAMAGE-DEVICE", "DEVICE_DAMAGED"))


def other_breach(pack: EffectivePack, about: str, entered_by: str) -> tuple[Reported, ...]:
    """Entered by hand. The words about it are private and stay with whoever keeps them."""
    return tuple(
        Reported(verdict, about, (("entered_by", entered_by),)) for verdict in watched(pack, "PA-OTHER", "OTHER_BREACH")
    )


def clock_drift(pack: EffectivePack, camera: str, ahead_ms: int | None, error_ms: int | None) -> tuple[Reported, ...]:
    """The offset read at return, before anything set the clock."""
    if not pack.flag("check.clock") or ahead_ms is None or not clock_is_off(pack, ahead_ms, error_ms or 0):
        return ()
    verdict = pack.finds("CLOCK_DRIFT", "check.clock_tolerance_seconds")
    return (Reported(verdict, camera, (("ahead_ms", ahead_ms), ("error_ms", error_ms or 0))),)


def hash_mismatch(pack: EffectivePack, recording: str, expected: str, found: str) -> tuple[Reported, ...]:
    if expected == found:
        return ()
    verdict = pack.finds("HASH_MISMATCH", "store.tamper_evident")
    return (Reported(verdict, recording, (("expected", expected), ("found", found))),)


def ingest_incomplete(pack: EffectivePack, intake: Intake, at_ms: int) -> tuple[Reported, ...]:
    """Fewer files or bytes than the camera listed; or longer on the station than it may be."""
    found = []
    lacking = (
        ("files_lacking", intake.files_listed - intake.files_stored),
        ("bytes_lacking", intake.bytes_listed - intake.bytes_stored),
    )
    if intake.finished and any(count > 0 for _, count in lacking):
        found.append(Reported(pack.finds("INGEST_INCOMPLETE", "store.kinds"), intake.docking, lacking))
    hours = pack.limit("store.max_station_hours")
    if hours is not None and intake.stored_ms is not None:
        until_ms = at_ms if intake.confirmed_ms is None else intake.confirmed_ms
        if until_ms - intake.stored_ms > hours * MS_PER_HOUR:
            verdict = pack.finds("INGEST_INCOMPLETE", "store.max_station_hours")
            found.append(Reported(verdict, intake.docking, (("stored_ms", intake.stored_ms), ("limit_hours", hours))))
    return tuple(found)


def store_faults(pack: EffectivePack, store: Store, today: dt.date) -> tuple[Reported, ...]:
    verdict = pack.finds("STORE_FAULT", "store.verify_days")
    faults: list[tuple[str, int | str]] = [("fault", name) for name in ("failing", "full") if getattr(store, name)]
    days = pack.limit("store.verify_days")
    if days is not None and (today - store.verified).days > days:
        faults.append(("unverified_days", (today - store.verified).days))
    return tuple(Reported(verdict, store.id, (fault,)) for fault in faults)


class Link(StrEnum):
    """What may happen to a recording, as its history tells it."""

    CAPTURE = "capture"
    HAND_OVER = "hand_over"
    STORAGE = "storage"
    ACCESS = "access"
    EXPORT = "export"
    PURGE = "purge"


_RESTS_ON: Mapping[Link, Link] = {
    Link.HAND_OVER: Link.CAPTURE,
    Link.STORAGE: Link.HAND_OVER,
    Link.ACCESS: Link.STORAGE,
    Link.EXPORT: Link.ACCESS,
    Link.PURGE: Link.STORAGE,
}


def chain_broken(pack: EffectivePack, recording: str, links: Mapping[Link, bool]) -> tuple[Reported, ...]:
    """`links` are those in its history, and whether each verifies. What was done rests on what came before it."""
    wanting = dict.fromkeys(link for link, verifies in links.items() if not verifies)
    told = [*links]
    while told:
        before = _RESTS_ON.get(told.pop())
        if before is not None and before not in links and before not in wanting:
            wanting[before] = None
            told.append(before)
    verdict = pack.finds("CHAIN_BROKEN", "store.tamper_evident")
    return tuple(
        Reported(verdict, recording, (("link", link.value), ("fails", "check" if link in links else "missing")))
        for link in Link
        if link in wanting
    )


class LineAct(StrEnum):
    """What may be asked of a register line or a finding."""

    ADD = "add"
    CHANGE = "change"
    REMOVE = "remove"


def touches_audit(pack: EffectivePack, act: LineAct) -> Verdict:
    """Nobody changes or removes a line; one more may always be added."""
    return PERMITTED if act is LineAct.ADD else pack.finds("AUDIT_ALTERED", "store.tamper_evident")


def taken_as_signed(pack: EffectivePack, signature_holds: bool) -> Verdict:  # noqa: FBT001 - the one thing asked
    return PERMITTED if signature_holds else pack.finds("SIGNATURE_INVALID", "store.tamper_evident")
