"""Somebody signed in at the desk: how far they reach, and what the station does for them.

A role reaches its own loans and missions, or those of its department (`station/pages/roles.py`); whose department a
matter is, the pack of its owner says. What is beyond somebody's reach is neither shown nor done for them here, even
where custody would let any officer of the department do it. Whether the act itself is theirs, custody asks the pack.
"""

from collections.abc import Callable
from dataclasses import dataclass

from station.custody.facts import Fact
from station.custody.mission import Mission
from station.custody.observations import PersonsAct
from station.custody.state import State
from station.errors import RefusedError
from station.pages.roles import ROLES, Scope
from station.policy.permits import Act, ActAsked, Policy
from station.store.desk_tables import DeskTables, Filmed

_OF_THE_DEPARTMENT = Act.DECLARE_MISSION
"""Whoever has a rank in a department may do this there and nowhere else: so it tells whose department it is."""


@dataclass(frozen=True, slots=True)
class SignedIn:
    """One person, at one moment. `tell` may be called from any thread."""

    person: str
    roles: frozenset[str]
    policy: Policy
    at_ms: int
    state: State
    tables: DeskTables
    tell: Callable[[PersonsAct], tuple[Fact, ...]]

    @property
    def scopes(self) -> frozenset[Scope]:
        return frozenset(ROLES[role].scope for role in self.roles & ROLES.keys())

    @property
    def own(self) -> bool:
        return bool(self.scopes & {Scope.OWN, Scope.DEPARTMENT})

    def answers_for_camera(self, camera: str) -> bool:
        """Whether this is a camera of the department that the person looks after."""
        return self._answers_for(self.policy.of_camera(camera), known=camera in self.policy.rolls.cameras)

    def answers_for_person(self, person: str) -> bool:
        """Whether this is somebody of that department."""
        return self._answers_for(self.policy.of_person(person), known=person in self.policy.rolls.officers)

    def _answers_for(self, owner: Policy, *, known: bool) -> bool:
        """Who or what left the rolls is nobody's any more; it becomes no other department's by that."""
        asked = ActAsked(_OF_THE_DEPARTMENT, self.person, self.at_ms)
        whose = known or len(self._departments) <= 1
        return whose and Scope.DEPARTMENT in self.scopes and owner.allows(asked).permitted

    @property
    def _departments(self) -> frozenset[str]:
        rolls = self.policy.rolls
        return frozenset(
            [*(one.unit for one in rolls.officers.values()), *(one.unit for one in rolls.cameras.values())]
        )

    def reaches_footage(self, filmed: Filmed) -> bool:
        own = self.own and filmed.officer == self.person
        return own or self.answers_for_camera(filmed.recording.source)

    def reaches_mission(self, mission: Mission) -> bool:
        own = self.own and self.person in {mission.declared_by, *mission.officers}
        return own or self._answers_for_mission(mission)

    def _answers_for_mission(self, mission: Mission) -> bool:
        """Whoever speaks for it says whose it is; where nobody is left to, whose cameras filmed it."""
        speaks = mission.spoken_for_by(self.policy.rolls)
        if speaks not in self.policy.rolls.officers and (clips := self.tables.of_mission(mission.number)):
            return all(self.answers_for_camera(one.recording.source) for one in clips)
        return self.answers_for_person(speaks)

    def mission(self, number: int) -> Mission:
        """As it is now, open or closed; refused to whoever it is nothing to, and alike where there is none."""
        mission = self.state.missions.get(number) or self.tables.mission(number)
        if mission is None or not self.reaches_mission(mission):
            raise self.refused()
        return mission

    def may(self, act: Act, owner: Policy, requested_by: str = "", reviewed_by: str = "") -> bool:
        return owner.allows(ActAsked(act, self.person, self.at_ms, requested_by, reviewed_by)).permitted

    def refused(self) -> RefusedError:
        verdict = self.policy.finds("NOT_AUTHORISED", "access.scope")
        return RefusedError(verdict.code, verdict.articles, verdict.rule)
