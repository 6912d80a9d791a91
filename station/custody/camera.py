"""One body-worn recorder: where it is, who has it, and whose its footage can be."""

from enum import StrEnum

from msgspec import Struct
from msgspec.structs import replace

from station.custody.facts import (
    CameraAdmitted,
    CameraQuarantined,
    CameraRemoved,
    CameraSilent,
    Fact,
    LoanEnded,
    LoanStarted,
)
from station.custody.facts_of_batteries import BatteryWeighed
from station.custody.facts_of_footage import FootageMissed
from station.custody.facts_of_the_desk import HandoverFellDue, HandoverSigned, LoanByHand, ReturnByHand
from station.custody.machine import Machine
from station.errors import IllegalStepError

WEIGHINGS_REMEMBERED_MAX = 9
"""A battery ages: what it was before says little."""
LOANS_REMEMBERED_MAX = 16
"""Footage older than so many loans is not attributed by time; a person settles it."""
MISSED_REMEMBERED_MAX = 128
"""So that nothing is said to be missing twice: more than are told at once."""


class CameraStep(StrEnum):
    DOCKED = "docked"
    QUARANTINED = "quarantined"
    LENT = "lent"
    MISSING = "missing"


_S = CameraStep

CAMERA = Machine[CameraStep](
    {
        (None, CameraAdmitted): _S.DOCKED,
        (None, CameraSilent): _S.DOCKED,
        (None, CameraQuarantined): _S.QUARANTINED,
        (_S.DOCKED, CameraAdmitted): _S.DOCKED,
        (_S.DOCKED, BatteryWeighed): _S.DOCKED,
        (_S.DOCKED, FootageMissed): _S.DOCKED,
        (_S.DOCKED, CameraQuarantined): _S.QUARANTINED,
        (_S.DOCKED, HandoverSigned): _S.DOCKED,
        (_S.DOCKED, LoanEnded): _S.DOCKED,
        (_S.DOCKED, LoanStarted): _S.LENT,
        (_S.DOCKED, CameraRemoved): _S.MISSING,
        (_S.QUARANTINED, HandoverSigned): _S.QUARANTINED,
        (_S.QUARANTINED, LoanEnded): _S.QUARANTINED,
        (_S.QUARANTINED, FootageMissed): _S.QUARANTINED,
        (_S.QUARANTINED, CameraRemoved): _S.MISSING,
        (_S.LENT, CameraAdmitted): _S.DOCKED,
        (_S.LENT, CameraSilent): _S.DOCKED,
        (_S.LENT, CameraQuarantined): _S.QUARANTINED,
        (_S.MISSING, CameraAdmitted): _S.DOCKED,
        (_S.MISSING, CameraSilent): _S.DOCKED,
        (_S.MISSING, CameraQuarantined): _S.QUARANTINED,
        **{(step, LoanByHand): step for step in CameraStep},
        **{(step, HandoverFellDue): step for step in CameraStep},
        (_S.LENT, ReturnByHand): _S.MISSING,
        (_S.MISSING, ReturnByHand): _S.MISSING,
    }
)


class LoanSpan(Struct, frozen=True):
    """When a loan had this camera; open while `ended_ms` is None. `sure`: the station knew the time at each end."""

    loan: int
    started_ms: int
    ended_ms: int | None = None
    sure: bool = True
    officer: str | None = None
    handover: int | None = None
    """The fact by which somebody signed for having brought the camera back."""
    handover_ms: int | None = None
    """When that was, where the station knew the time."""
    fell_due: int | None = None
    """The fact that says its hand-over's time passed."""
    by_hand: bool = False
    """Entered from paper: what falls into it is credited by a person alone."""
    back_on_paper: bool = False
    """It ended by a paper slip, which was signed on paper."""


class Camera(Struct, frozen=True):
    id: str
    step: CameraStep
    docking: int | None = None
    model: str | None = None
    clock_ahead_ms: int | None = None
    clock_error_ms: int | None = None
    loan: int | None = None
    spans: tuple[LoanSpan, ...] = ()
    weighings: tuple[BatteryWeighed, ...] = ()
    """What its last dockings said of its battery, oldest first; one of each."""
    missed: tuple[str, ...] = ()
    """The listings last said to be missing."""
    seen_ms: int | None = None
    """When it last lay in a bay, by a clock that knew the time."""
    health_percent: int | None = None
    """Of its battery, as its last docking found it."""

    @property
    def live(self) -> bool:
        """A camera is never forgotten."""
        return True


def advance_camera(camera: Camera | None, fact: Fact, camera_id: str) -> Camera:
    step = CAMERA.next_step(camera.step if camera else None, fact)
    if camera is not None:
        _check_in_one_place(camera, fact)
    after = replace(_with_said(camera or Camera(camera_id, step), fact), step=step)
    seen = fact.at.synchronised and not isinstance(fact.body, (LoanByHand, ReturnByHand, HandoverFellDue))
    return replace(after, seen_ms=fact.at.utc_ms) if seen else after


def _check_in_one_place(camera: Camera, fact: Fact) -> None:
    arrived = fact.body
    if not isinstance(arrived, (CameraAdmitted, CameraSilent, CameraQuarantined)):
        return
    if camera.docking not in {None, arrived.docking}:
        raise IllegalStepError(f"fact {fact.n}: camera {camera.id} is in docking {camera.docking} already")


def _with_said(camera: Camera, fact: Fact) -> Camera:  # noqa: PLR0911 - one line for each kind of fact
    """What the fact adds, the step left as it was."""
    match fact.body:
        case CameraAdmitted() as said:
            return replace(
                camera,
                docking=said.docking,
                model=said.model,
                # Compared with a clock that was itself wrong, the camera's offset says nothing.
                clock_ahead_ms=said.clock_ahead_ms if fact.at.synchronised else None,
                clock_error_ms=said.clock_error_ms if fact.at.synchronised else None,
            )
        case BatteryWeighed() as said:
            return replace(camera, weighings=(*camera.weighings, said)[-WEIGHINGS_REMEMBERED_MAX:])
        case FootageMissed(listing=listing):
            return replace(camera, missed=(*camera.missed, listing)[-MISSED_REMEMBERED_MAX:])
        case CameraSilent(docking=docking) | CameraQuarantined(docking=docking):
            return replace(camera, docking=docking, clock_ahead_ms=None, clock_error_ms=None)
        case LoanStarted(loan=loan, officer=officer):
            span = LoanSpan(loan, fact.at.utc_ms, sure=fact.at.synchronised, officer=officer)
            spans = (*camera.spans, span)[-LOANS_REMEMBERED_MAX:]
            return replace(camera, loan=loan, docking=None, spans=spans)
        case HandoverSigned(loan=loan):
            at_ms = fact.at.utc_ms if fact.at.synchronised else None
            signed = (
                replace(one, handover=fact.n, handover_ms=at_ms) if one.loan == loan else one for one in camera.spans
            )
            return replace(camera, spans=tuple(signed))
        case HandoverFellDue(loan=loan):
            due = (replace(one, fell_due=fact.n) if one.loan == loan else one for one in camera.spans)
            return replace(camera, spans=tuple(due))
        case LoanByHand() as said:
            return _entered(camera, fact, said)
        case ReturnByHand(loan=loan, returned_ms=returned_ms):
            ended = (
                replace(one, ended_ms=returned_ms, back_on_paper=True) if one.loan == loan else one
                for one in camera.spans
            )
            return replace(camera, loan=None, spans=tuple(ended))
        case LoanEnded(loan=loan):
            spans = tuple(_ended(span, fact) if span.loan == loan else span for span in camera.spans)
            return replace(camera, loan=None, spans=spans)
        case _:
            return replace(camera, docking=None)


def _entered(camera: Camera, fact: Fact, said: LoanByHand) -> Camera:
    """Among the loans that bays saw, by its times; still out, where the paper does not say that it came back."""
    back = said.returned_ms is not None
    span = LoanSpan(fact.n, said.taken_ms, said.returned_ms, officer=said.officer, by_hand=True, back_on_paper=back)
    spans = tuple(sorted((*camera.spans, span), key=lambda one: one.started_ms))[-LOANS_REMEMBERED_MAX:]
    return replace(camera, spans=spans, loan=fact.n if said.returned_ms is None else camera.loan)


def _ended(span: LoanSpan, fact: Fact) -> LoanSpan:
    return replace(span, ended_ms=fact.at.utc_ms, sure=span.sure and fact.at.synchronised)
