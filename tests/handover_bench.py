"""A loan at the dock whose hand-over falls due, and the dispatcher's look at it, for tests of what is told when."""

from msgspec.structs import replace

from station.custody import acts
from station.custody import observations as seen
from station.custody.acts_at_the_dock import HandoverFallsDue
from station.custody.due_work import Work, due_work
from station.custody.facts_of_keeping import FindingReported
from station.custody.facts_of_missions import MissionDeclared
from station.policy.rolls import Officer
from station.signing.calendar_files import packaged_calendar
from tests.dock_bench import FIT, HOUR_MS, PEOPLE, START_MS, UNIT, DockBench, rolls_of

DAY_MS = 24 * HOUR_MS
HEAD = Officer("head", UNIT, frozenset({"unit_head"}), **FIT)


def lent(pack: str = "yinchuan") -> tuple[DockBench, int]:
    """Officer 1 has C1; the loan's number."""
    dock = DockBench(pack, rolls_of(*PEOPLE, HEAD))
    dock.policy = replace(dock.policy, calendar=packaged_calendar())
    dock.ready("C1", "1")
    return dock, dock.taken().offer.loan


def due(dock: DockBench) -> list[tuple[int, int]]:
    tasks = due_work(dock.state(), dock.policy, dock.clock.stamp())
    return [(task.number, task.wait_ms) for task in tasks if task.work is Work.TELL_HANDOVER]


def told(dock: DockBench) -> list[tuple[str, str | None]]:
    """What is due now is done, as the dispatcher does it; what was found, and whom it names."""
    before = len(dock.facts)
    for loan, wait_ms in due(dock):
        if not wait_ms:
            dock.tell(HandoverFallsDue(loan=loan))
    found = (fact.body for fact in dock.facts[before:])
    return [(one.code, one.officer) for one in found if isinstance(one, FindingReported)]


def wait_until(dock: DockBench, ms: int) -> None:
    dock.clock.advance(max(0, ms - dock.clock.stamp().utc_ms))


def mission(dock: DockBench, ended_ms: int | None, by: str = "officer-1", *named: str) -> int:
    """Declared by one of those in it, unless others are named, and once it is over; its number."""
    if ended_ms is not None:
        wait_until(dock, ended_ms)
    dock.tell(
        acts.DeclareMission(
            by=by,
            activity="ACT-INSPECT",
            kind="INSPECTION",
            on_site=True,
            officers=named or (by,),
            started_ms=START_MS,
            ended_ms=ended_ms,
        )
    )
    return next(fact.n for fact in reversed(dock.facts) if isinstance(fact.body, MissionDeclared))


def film(dock: DockBench, bay: str, begun_ms: int, listing: str = "clip-1") -> None:
    """A minute of film is read from what lies there."""
    dock.tell(
        seen.RecordingRead(
            docking=dock.docking(bay).number,
            listing=listing,
            size_bytes=1,
            sha256="c" * 64,
            original_name="clip.mp4",
            begun_device_ms=begun_ms,
            ended_device_ms=begun_ms + 60_000,
        )
    )
