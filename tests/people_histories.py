"""Random histories of what people do about missions and footage, mixed with those of the dock; and oracles over them.

The oracles read the facts from the front, as a person would, and share no code with custody.
"""

import random
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import replace

from station.custody import acts
from station.custody import facts as said
from station.custody import facts_of_disks as disks
from station.custody import facts_of_disposals as disposals
from station.custody import facts_of_keeping as keeping
from station.custody import facts_of_missions as missions
from station.custody import facts_of_the_desk as desk
from station.custody.acts_at_the_dock import EnterLoan, EnterReturn, HandoverFallsDue, ReportBadgeLost
from station.custody.acts_of_disposal import (
    ApproveDisposal,
    ProposeDisposal,
    RefuseDisposal,
    ReviewDisposal,
    TakeBackCamera,
)
from station.custody.copy_disk import Gone
from station.custody.facts import Fact, FactBody
from station.custody.hold import HoldKind
from station.custody.judge import judgement
from station.custody.mission import Mark
from station.custody.observations import (
    HistoryContradicted,
    JournalBegun,
    LostElsewhere,
    Observation,
    OrdersCame,
    OrdersUnbelieved,
    SecondCopyProved,
    SecondCopySpoiled,
)
from station.custody.recall import recalled, recalled_for
from station.custody.repair import Noticed
from station.custody.state import State, Subject, SubjectKey, _steps, apply, key
from station.policy.permits import Act, Verdict
from station.policy.ratio import RatioAct
from tests.histories import CAMERAS, DISKS, OFFICERS, POLICIES, World, visit
from tests.test_custody_histories import Station

GONE_SOON = ("disk-x", "disk-y", "disk-z")
PEOPLE = ("o1", "o2", "custodian-1", "head-1")
START_MS = 1_795_219_200_000
DAY_MS = 86_400_000
SECRET_WORDS = ("张三违法建设案", "李四的电话")
WORDS = ("", "  ", *SECRET_WORDS, *SECRET_WORDS, *SECRET_WORDS)


class Unit(Station):
    """The pure heart, and all that ever was: an act about what left memory finds it here, as in the tables."""

    def __init__(self, seed: int) -> None:
        super().__init__(POLICIES[seed % len(POLICIES)])
        self.archive: dict[SubjectKey, Subject] = {}

    def tell(self, observation: Observation) -> tuple[Fact, ...]:
        self.clock.advance(1_000)
        called = recalled(self.state, observation, self.archive.get)
        judged = judgement(self.state, observation, self.policy, self.clock.stamp(), called)
        self.state = judged.state
        self.archive |= {key(subject): subject for subject in judged.changed}
        self.facts += judged.facts
        return judged.facts


class Life:
    """A dock and its people. `say` tells the heart; a refusal is an answer."""

    def __init__(self, rng: random.Random, world: World) -> None:
        self.rng = rng
        self.world = world

    def step(self) -> None:
        chance = self.rng.random()
        if chance < 0.1:
            visit(self.world)
        elif chance < 0.3:
            self.world.step()
        elif chance < 0.4:
            self.rng.choice(self._usual())()
        else:
            self.world.say(self.rng.choice(_ACTS)(self))

    def _usual(self) -> tuple[Callable[[], None], ...]:
        return self.purge, self.purge, self.see, self.move, self.write_off, self.from_paper, self.dispose

    def purge(self) -> None:
        """Something like an ordinary purge; a hold may come in between."""
        chosen = (self.recording(),)
        self.world.say(acts.ProposePurge(by="custodian-1", recordings=chosen, ground="无保存价值"))
        purge = self.of(keeping.PurgeProposed)
        self.world.say(acts.ApprovePurge(by="head-1", purge=purge))
        chance = self.rng.random()
        if chance < 0.2:
            self.world.say(acts.PlaceHold(by="custodian-1", kind=HoldKind.CASE, recordings=chosen))
        elif chance < 0.4:
            mission = self.mission()
            self.world.say(acts.PlaceRecording(by="o1", recording=chosen[0], mission=mission, reason="归错"))
            self.world.say(acts.PlaceHold(by="custodian-1", kind=HoldKind.DISPUTE, mission=mission))
        self.world.say(acts.BeginPurge(by="custodian-1", purge=purge))
        if self.maybe():
            self.world.say(acts.FootageDeleted(purge=purge))

    def see(self) -> None:
        """Something like an ordinary request, opened more than once; perhaps too late."""
        chosen = self.recording()
        self.world.say(acts.AskAccess(by="o1", route=Act.PARTY_VIEW, recordings=(chosen,), purpose="案件审核"))
        request = self.of(keeping.AccessAsked)
        until_ms = START_MS + self.rng.choice((0, DAY_MS))
        self.world.say(acts.ApproveAccess(by="head-1", request=request, valid_until_ms=until_ms))
        for _ in range(2):
            self.world.say(acts.OpenAccess(by="o1", request=request, recording=chosen))

    def move(self) -> None:
        """Whose a recording is gets settled; it goes from one mission to the next, or out of all."""
        chosen = self.recording()
        self.world.say(acts.AttributeRecording(by="o1", recording=chosen, loan=None, reason=self.word()))
        for mission in (self.mission(), self.rng.choice((None, self.mission()))):
            self.world.say(acts.PlaceRecording(by="o1", recording=chosen, mission=mission, reason=self.word()))

    def write_off(self) -> None:
        """Something like an ordinary loss of a disk; perhaps one hand alone, and it is connected again."""
        disk = self.disk()
        self.world.say(acts.AskWriteOff(by="custodian-1", disk=disk, gone=self.rng.choice(list(Gone)), ground="x"))
        wish = self.of(disks.DiskWriteOffAsked)
        if self.rng.random() < 0.2:
            self.world.say(acts.WriteOffDisk(by=self.rng.choice(("head-1", "custodian-1")), write_off=wish))
        if self.maybe():
            self.world.say(acts.GoneDiskSeen(disk=disk))

    def from_paper(self) -> None:
        """Loans and returns that no bay saw, long ago and just now; and a badge is lost."""
        started = [fact.body.loan for fact in self.world.facts if isinstance(fact.body, said.LoanStarted)]
        for number in started[-12:]:
            self.world.say(HandoverFallsDue(loan=number))
        now_ms = self.world.facts[-1].at.utc_ms
        taken_ms = START_MS - self.rng.randrange(1, 5_000) * 60_000
        loan = EnterLoan(
            by="custodian-1",
            officer=self.rng.choice(OFFICERS),
            camera=self.rng.choice(CAMERAS),
            taken_ms=taken_ms,
            returned_ms=taken_ms + 30_000,
            paper=self.word(),
        )
        self.world.say(loan)
        for camera in CAMERAS:
            self.world.say(replace(loan, camera=camera, taken_ms=now_ms, returned_ms=None))
        lent = self.of(said.BayOffered, desk.LoanByHand)
        self.world.say(EnterReturn(by="custodian-1", loan=lent, returned_ms=now_ms, paper=self.word()))
        badge = self.rng.choice("ab") * 64
        self.world.say(ReportBadgeLost(by="custodian-1", officer=self.rng.choice(OFFICERS), badge=badge))

    def dispose(self) -> None:
        """A camera is to leave; perhaps reviewed, mostly answered, and now and then taken back."""
        self.world.say(
            ProposeDisposal(
                by="custodian-1",
                camera=self.rng.choice(CAMERAS),
                act=self.rng.choice(list(RatioAct)),
                recipient=self.word(),
                ground=self.word(),
                approver=self.rng.choice(("", "head-1")),
            )
        )
        wish = self.of(disposals.CameraDisposalProposed)
        if self.maybe():
            self.world.say(ReviewDisposal(by="o1", disposal=wish))
        answer = self.rng.choice((ApproveDisposal, ApproveDisposal, RefuseDisposal))
        self.world.say(answer(by="head-1", disposal=wish, remark=self.word()))
        if self.maybe():
            self.world.say(TakeBackCamera(by="custodian-1", disposal=wish))

    def of(self, *bodies: type[FactBody]) -> int:
        """The number of some fact of these kinds, mostly a late one; now and then of none."""
        numbers = [fact.n for fact in self.world.facts if isinstance(fact.body, bodies)]
        if not numbers or self.rng.random() < 0.02:
            return self.rng.randrange(60)
        return self.rng.choice(numbers[-3:])

    def recording(self) -> int:
        """A late one, one that is not signed yet, or one of the last to leave their camera."""
        return self.rng.choice((self.late, self.unsigned, self.cleared))()

    def late(self) -> int:
        return self.of(said.RecordingHeld)

    def unsigned(self) -> int:
        signed = {fact.body.recording for fact in self.world.facts if isinstance(fact.body, said.StatementSigned)}
        held = [fact.n for fact in self.world.facts if isinstance(fact.body, said.RecordingHeld)]
        return next((number for number in reversed(held) if number not in signed), 0)

    def cleared(self) -> int:
        gone = [fact.body.recordings for fact in self.world.facts if isinstance(fact.body, said.CameraCleared)]
        return self.rng.choice(gone[-1]) if gone else 0

    def recordings(self) -> tuple[int, ...]:
        return tuple({self.recording() for _ in range(self.rng.choice((0, 1, 1, 2)))})

    def disk(self) -> str:
        """Mostly one of few that are written off sooner or later; the dock's own ones now and then."""
        return self.rng.choice((*GONE_SOON, *GONE_SOON, *DISKS))

    def mission(self) -> int:
        return self.of(missions.MissionDeclared)

    def by(self) -> str:
        return self.rng.choice(PEOPLE)

    def word(self) -> str:
        return self.rng.choice(WORDS)

    def maybe(self) -> bool:
        return self.rng.random() < 0.5

    def time_ms(self) -> int:
        return START_MS + self.rng.randrange(-DAY_MS, DAY_MS)


_ACTS: tuple[Callable[[Life], Observation], ...] = (
    lambda life: acts.DeclareMission(
        by=life.by(),
        activity="ACT-INSPECT",
        kind="INSPECTION",
        on_site=life.maybe(),
        officers=tuple(life.rng.sample(OFFICERS, life.rng.choice((0, 1, 2)))),
        started_ms=life.time_ms(),
        ended_ms=life.rng.choice((None, None, life.time_ms())),
        cause=life.word(),
        party=life.word(),
        number=life.word().strip(),
    ),
    lambda life: acts.NumberMission(by=life.by(), mission=life.mission(), number=life.word()),
    lambda life: acts.DescribeMission(by=life.by(), mission=life.mission(), cause=life.word()),
    lambda life: acts.MarkMission(by=life.by(), mission=life.mission(), mark=life.rng.choice(list(Mark))),
    lambda life: acts.EndMission(by=life.by(), mission=life.mission(), ended_ms=life.time_ms()),
    lambda life: acts.CloseMission(by=life.by(), mission=life.mission(), gap=life.maybe()),
    lambda life: acts.ReopenMission(by=life.by(), mission=life.mission(), reason=life.word()),
    *(
        lambda life: acts.PlaceRecording(
            by=life.by(),
            recording=life.recording(),
            mission=life.rng.choice((None, life.mission(), life.mission())),
            reason=life.word(),
        ),
    )
    * 5,
    *(
        lambda life: acts.AttributeRecording(
            by=life.by(),
            recording=life.recording(),
            loan=life.rng.choice((None, life.of(said.BayOffered))),
            reason=life.word(),
        ),
    )
    * 3,
    lambda life: acts.Explain(
        by=life.by(),
        mission=life.mission(),
        reason="NU-SPECIAL",
        grounds={"words": life.word()},
        camera=life.rng.choice(CAMERAS),
    ),
    lambda life: acts.ExplainAgain(
        by=life.by(), explanation=life.of(missions.ExplanationWritten), reason="NU-WEATHER", basis=life.word()
    ),
    lambda life: acts.AcceptExplanation(by=life.by(), explanation=life.of(missions.ExplanationWritten)),
    lambda life: acts.ReturnExplanation(
        by=life.by(), explanation=life.of(missions.ExplanationWritten), remark=life.word()
    ),
    lambda life: acts.KeepExplanation(by=life.by(), explanation=life.of(missions.ExplanationWritten)),
    lambda life: acts.PlaceHold(
        by=life.by(),
        kind=HoldKind.LONGTERM,
        reason="LT-DISPUTE",
        recordings=life.recordings(),
        mission=life.rng.choice((None, life.mission())),
    ),
    lambda life: acts.PlaceHold(
        by=life.by(), kind=life.rng.choice(list(HoldKind)), recordings=life.recordings(), ground=life.word()
    ),
    *(lambda life: acts.LiftHold(by=life.by(), hold=life.of(keeping.HoldPlaced), ground=life.word()),) * 2,
    lambda life: acts.MarkSecret(
        by=life.by(), category="TRADE", recordings=life.recordings(), mission=life.rng.choice((None, life.mission()))
    ),
    lambda life: acts.LiftSecrecy(by=life.by(), secrecy=life.of(keeping.SecrecyMarked), ground=life.word()),
    *(lambda life: acts.AskLifting(by=life.by(), on_hold=life.of(keeping.HoldPlaced), ground=life.word()),) * 2,
    *(lambda life: acts.AskLifting(by=life.by(), on_secrecy=life.of(keeping.SecrecyMarked), ground=life.word()),) * 2,
    lambda life: acts.ReviewLifting(by=life.by(), lifting=life.of(keeping.LiftingAsked)),
    lambda life: acts.RefuseLifting(by=life.by(), lifting=life.of(keeping.LiftingAsked), remark=life.word()),
    *(
        lambda life: acts.AskAccess(
            by=life.by(),
            route=life.rng.choice((Act.VIEW_INTERNAL, Act.OVERSEE)),
            recordings=life.recordings(),
            purpose=life.word(),
            direct_until_ms=life.rng.choice((None, START_MS)),
        ),
    )
    * 3,
    lambda life: acts.ReviewAccess(by=life.by(), request=life.of(keeping.AccessAsked)),
    lambda life: acts.ApproveAccess(
        by=life.by(),
        request=life.of(keeping.AccessAsked),
        valid_until_ms=life.rng.choice((START_MS, START_MS + DAY_MS)),
    ),
    lambda life: acts.RefuseAccess(by=life.by(), request=life.of(keeping.AccessAsked), remark=life.word()),
    *(
        lambda life: acts.OpenAccess(
            by=life.by(), request=life.of(keeping.AccessApproved, keeping.AccessAsked), recording=life.recording()
        ),
    )
    * 4,
    *(lambda life: acts.DisputeAccess(by=life.by(), request=life.of(keeping.AccessAsked), ground=life.word()),) * 3,
    *(
        lambda life: acts.SettleDispute(
            by=life.by(),
            request=life.of(keeping.AccessAsked),
            valid_until_ms=life.rng.choice((None, START_MS + DAY_MS)),
        ),
    )
    * 3,
    lambda life: acts.AccessTimedOut(request=life.of(keeping.AccessAsked)),
    lambda life: acts.ReportFault(
        by=life.by(),
        camera=life.rng.choice(CAMERAS),
        noticed=Noticed.OFFICER,
        noticed_ms=START_MS,
        description=life.word(),
    ),
    lambda life: acts.FaultFound(camera=life.rng.choice(CAMERAS)),
    lambda life: acts.BeginRepair(by=life.by(), repair=life.of(keeping.RepairOpened)),
    lambda life: acts.FinishRepair(by=life.by(), repair=life.of(keeping.RepairOpened)),
    lambda life: acts.RetireCamera(by=life.by(), repair=life.of(keeping.RepairOpened), remark=life.word()),
    *(lambda life: acts.ProposePurge(by=life.by(), recordings=life.recordings(), ground=life.word()),) * 4,
    lambda life: acts.ReviewPurge(by=life.by(), purge=life.of(keeping.PurgeProposed)),
    *(lambda life: acts.ApprovePurge(by=life.by(), purge=life.of(keeping.PurgeProposed)),) * 2,
    lambda life: acts.RefusePurge(by=life.by(), purge=life.of(keeping.PurgeProposed)),
    *(lambda life: acts.BeginPurge(by=life.by(), purge=life.of(keeping.PurgeApproved)),) * 3,
    *(lambda life: acts.FootageDeleted(purge=life.of(keeping.PurgeBegun)),) * 2,
    *(lambda life: SecondCopyProved(recording=life.recording(), disk="disk-b"),) * 2,
    *(lambda life: SecondCopySpoiled(recording=life.recording(), disk="disk-b", found="e" * 64),) * 2,
    *(lambda life: SecondCopyProved(recording=life.recording(), disk=life.disk()),) * 2,
    lambda life: acts.AskWriteOff(by=life.by(), disk=life.disk(), gone=Gone.LOST, ground=life.word()),
    lambda life: acts.ReviewWriteOff(by=life.by(), write_off=life.of(disks.DiskWriteOffAsked)),
    lambda life: acts.RefuseWriteOff(by=life.by(), write_off=life.of(disks.DiskWriteOffAsked), remark=life.word()),
    lambda life: acts.WriteOffDisk(by=life.by(), write_off=life.of(disks.DiskWriteOffAsked)),
    lambda life: acts.GoneDiskSeen(disk=life.disk()),
    *(lambda life: acts.StampVerified(recording=life.recording(), stamp_sha256="f" * 64, stamped_ms=life.time_ms()),)
    * 2,
    *(
        lambda life: acts.OriginalProvedAnew(
            recording=life.recording(), receipt_sha256="e" * 64, keep_days=life.rng.choice((0, 0, 30))
        ),
    )
    * 3,
    lambda life: acts.BreachFound(
        verdict=Verdict("CHECK_OVERRIDDEN", ("YC-1",), "check.override_role"),
        about=life.rng.choice(CAMERAS),
        officer=life.rng.choice(("", *OFFICERS)),
        evidence=(("percent", 12), ("check", "CHECK_BATTERY")),
    ),
    *(lambda life: acts.AnswerFinding(by=life.by(), finding=life.of(keeping.FindingReported), answer=life.word()),) * 3,
    lambda life: acts.ReviewFinding(by=life.by(), finding=life.of(keeping.FindingReported)),
    lambda life: acts.CloseFinding(by=life.by(), finding=life.of(keeping.FindingReported)),
)


def _ordered(registry: str, sequence: int) -> OrdersCame:
    lost = LostElsewhere(badge=f"{sequence:064x}", station="st-2", reported=sequence)
    return OrdersCame(registry=registry, sequence=sequence, sha256=f"{sequence:064x}", lost_badges=(lost,))


_ORDERS = (
    _ordered("registry-1", 2),
    _ordered("registry-1", 3),
    _ordered("registry-1", 2),
    OrdersUnbelieved(registry="registry-1", code="ORDERS_UNREADABLE"),
    _ordered("registry-1", 4),
    OrdersUnbelieved(registry="registry-2", code="ORDERS_UNREADABLE"),
    _ordered("registry-2", 1),
)
"""Of two registries: orders, a repetition, forgeries before any was taken and after."""


def lived(seed: int, steps: int) -> Unit:
    """One history: a journal opens, then so many random acts of cameras and people."""
    unit, rng = Unit(seed), random.Random(seed)
    world = World(rng, unit.tell, unit.set_roster, unit.boot_again)
    for _ in play_people(world, steps):
        pass
    for said_of_orders in _ORDERS:
        world.say(said_of_orders)
    world.say(HistoryContradicted(why="JOURNAL_FORKED", size=1, root="r"))
    return unit


def play_people(world: World, steps: int) -> Iterator[World]:
    life = Life(world.rng, world)
    world.say(JournalBegun(origin="dockward/test/t-01/1", log_key=world.log_key))
    for _ in range(steps):
        life.step()
        yield world


def replayed(facts: list[Fact]) -> Iterator[tuple[State, Fact, State]]:
    """Each fact with the state it met, all it is about recalled, and the state it led to."""
    state, archive = State(), dict[SubjectKey, Subject]()
    for fact in facts:
        called = recalled_for(state, fact, archive.get)
        met = state.recalling(called)
        archive |= {key(after): after for _, after in _steps(met, fact)}
        state = apply(state, fact, called)
        yield met, fact, state


def purged_although_held(facts: list[Fact]) -> list[str]:
    """Read the facts from the front: every purge begun while something held a recording of it."""
    wrong: list[str] = []
    holds: dict[int, keeping.HoldPlaced] = {}
    mission_of: dict[int, int | None] = {}
    proposed: dict[int, tuple[int, ...]] = {}
    for fact in facts:
        match fact.body:
            case keeping.HoldPlaced() as hold:
                holds[fact.n] = hold
            case keeping.HoldLifted(hold=number):
                del holds[number]
            case missions.RecordingPlaced(recording=recording, mission=mission):
                mission_of[recording] = mission
            case missions.RecordingWithdrawn(recording=recording):
                mission_of[recording] = None
            case keeping.PurgeProposed(recordings=recordings):
                proposed[fact.n] = recordings
            case keeping.PurgeBegun(purge=purge):
                wrong += [
                    f"fact {fact.n} deletes {recording} although {hold} holds it"
                    for recording in proposed[purge]
                    for hold in holds.values()
                    if recording in hold.recordings
                    or (hold.mission is not None and hold.mission == mission_of.get(recording))
                ]
            case _:
                pass
    return wrong


def wrong_about_gone_disks(facts: list[Fact]) -> list[str]:
    """Read the facts from the front: what counted on a disk that was written off, and purges silent about one."""
    wrong: list[str] = []
    sealed: dict[int, str] = {}
    lies_on: dict[int, set[str]] = defaultdict(set)
    gone: dict[str, tuple[int, str]] = {}
    for fact in facts:
        match fact.body:
            case disks.DiskWrittenOff(disk=disk, gone=how):
                gone[disk] = (fact.n, how)
            case said.CopySealed(recording=recording, disk=disk):
                sealed[fact.n] = disk
                lies_on[recording].add(disk)
                wrong += [f"fact {fact.n} counts a copy on {disk}"] if disk in gone else []
            case said.ClearingOrdered(proofs=proofs):
                cited = {sealed.get(number) for proof in proofs for number in proof.copies}
                wrong += [f"fact {fact.n} clears on {disk}" for disk in sorted(cited & gone.keys(), key=str)]
            case keeping.FootagePurged(deleted=deleted, unseen=unseen):
                there = {gone[disk] for one in deleted for disk in lies_on[one.recording] if disk in gone}
                if {(one.written_off, one.gone) for one in unseen} != there:
                    wrong.append(f"fact {fact.n} does not say what it could not delete")
            case _:
                pass
    return wrong


def placed_twice(facts: list[Fact]) -> list[str]:
    """Every recording that was in two missions at once, or left one silently."""
    wrong: list[str] = []
    mission_of: dict[int, int] = {}
    for fact in facts:
        match fact.body:
            case missions.RecordingPlaced(recording=recording, mission=mission):
                if recording in mission_of:
                    wrong.append(f"fact {fact.n}: {recording} is in {mission_of[recording]} and {mission}")
                mission_of[recording] = mission
            case missions.RecordingWithdrawn(recording=recording, mission=mission):
                if mission_of.pop(recording, None) != mission or not fact.private.get("reason", "").strip():
                    wrong.append(f"fact {fact.n}: {recording} leaves {mission} without having been there, or silently")
            case _:
                pass
    return wrong


def opened_unapproved(facts: list[Fact]) -> list[str]:
    """Every opening that no approval covered, by somebody who had not asked, or after it had run out."""
    wrong: list[str] = []
    asked: dict[int, Fact] = {}
    valid_until: dict[int, int] = {}
    for fact in facts:
        match fact.body:
            case keeping.AccessAsked():
                asked[fact.n] = fact
            case keeping.AccessApproved(request=request, valid_until_ms=until_ms):
                valid_until[request] = until_ms
            case keeping.AccessExpired(request=request):
                del valid_until[request]
            case keeping.AccessOpened(request=request, recording=recording):
                body = asked[request].body
                assert isinstance(body, keeping.AccessAsked)
                covered = fact.at.utc_ms <= valid_until.get(request, -1) and recording in body.recordings
                if not covered or fact.by != asked[request].by:
                    wrong.append(f"fact {fact.n} opens {recording}")
            case _:
                pass
    return wrong


def reported_twice(facts: list[Fact]) -> list[str]:
    """Every finding reported again while it was open."""
    wrong: list[str] = []
    open_ones: dict[int, tuple[str, str]] = {}
    for fact in facts:
        match fact.body:
            case keeping.FindingReported(code=code, about=about):
                if (code, about) in open_ones.values():
                    wrong.append(f"fact {fact.n} reports {code} of {about} again")
                open_ones[fact.n] = (code, about)
            case keeping.FindingClosed(finding=finding):
                del open_ones[finding]
            case _:
                pass
    return wrong


def counted(facts: list[Fact]) -> dict[int, int]:
    """How many recordings each mission has."""
    counts: dict[int, int] = defaultdict(int)
    for fact in facts:
        match fact.body:
            case missions.RecordingPlaced(mission=mission):
                counts[mission] += 1
            case missions.RecordingWithdrawn(mission=mission):
                counts[mission] -= 1
            case _:
                pass
    return counts
