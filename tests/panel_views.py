"""What the panel may have to show, for tests: each view with the longest words that occur, and every word there is."""

from functools import cache

from msgspec.structs import replace

from station.custody.history import Contradiction
from station.desk.badge_sign_in import SIGN_IN_REFUSALS, SignInRefusedError
from station.errors import RefusedError
from station.pages.lock_out import LockedOutError
from station.policy.effective import EffectivePack
from station.policy.words import said as pack_says
from station.signing.policy_packs import packaged_pack
from station.store.at_rest import AtRest
from station.store.space import Forecast, SpaceLevel
from station.views import damage_words, disk_words, footage_troubles, histories
from station.views.bay_troubles import CUT_TOO_OFTEN, CUT_TROUBLES, KEY_TROUBLE, POWER_TROUBLE
from station.views.charge import Charge, ChargeState
from station.views.panel import Sheet, refusal
from station.views.panel_words import PANEL_TROUBLE
from station.views.space_words import OWN_TROUBLE, RETURNED_TROUBLE, SECOND_TROUBLE, space_trouble, unverified_trouble
from station.views.status import NOT_CONFIGURED, BayStatus, StatusView
from station.views.words import (
    BADGE_TROUBLE,
    BAY_TROUBLE,
    LINK_TROUBLE,
    STAMP_TROUBLE,
    WORK_TROUBLES,
    Condition,
    at_rest_trouble,
)
from tests.stations import START

PACKS = ("yinchuan", "xixia", "liangping", "zhoucun", "mingshan")
NOON_MS = START.utc_ms + 6 * 3_600_000
CAUSE = "the registry at https://registry.example:8443 did not answer within 10 seconds"
"""What a wire says of itself, as the technician reads it."""
_MANY = ", ".join(str(100_000 + number) for number in range(8)) + " …"


@cache
def packs() -> dict[str, EffectivePack]:
    return {name: packaged_pack(name) for name in PACKS}


def bay(name: str, condition: Condition = Condition.EMPTY, trouble: str | None = None) -> BayStatus:
    if condition is Condition.EMPTY:
        return BayStatus(name, condition)
    charge = Charge(ChargeState.CHARGING, 87, NOON_MS + 1_200_000, NOON_MS + 3_300_000)
    offered = condition is Condition.OFFERED
    shown = condition if trouble is None else Condition.TROUBLE
    return BayStatus(
        name,
        shown,
        docking=40 + len(name),
        camera="T8-000417",
        model="DW-T8",
        offered=offered,
        trouble=trouble,
        charge=charge,
    )


def status_of(*bays: BayStatus, **more: object) -> StatusView:
    view = StatusView(
        at="",
        at_ms=NOON_MS,
        clock="synchronised",
        bays=bays,
        journal_size=1_000,
        witnessed_size=1_000,
        lent=0,
        missing=0,
        troubles={},
    )
    return replace(view, **more)


def every_condition(count: int) -> StatusView:
    conditions = list(Condition)
    bays = [bay(str(1 + number), conditions[number % len(conditions)]) for number in range(count)]
    return status_of(*bays, lent=12, missing=1)


@cache
def refusals() -> tuple[tuple[str, Sheet], ...]:
    """Every code that a pack words, under no rule and under the one with the longest name; and who does not sign in."""
    found = []
    for name, pack in packs().items():
        longest = max(pack.rules, key=len)
        for code, words in pack.findings.items():
            for rule in ("", longest):
                said = " / ".join(pack_says(pack, pack.finds(code, rule)))
                found.append(
                    (f"{name} {code} {rule}", refusal(RefusedError(code, words.articles, rule), said, NOON_MS))
                )
    locked = (LockedOutError(None), LockedOutError(900_000))
    nobody = (*map(SignInRefusedError, SIGN_IN_REFUSALS), *locked)
    return (*found, *((refused.code, refusal(refused, str(refused), NOON_MS)) for refused in nobody))


def troubles() -> dict[str, str]:
    """Everything that the status page can say is wrong, as it says it, by what it is said of."""
    found = {f"work {work}": f"{words} / {CAUSE}" for work, words in WORK_TROUBLES.items()}
    found |= {f"cut {why}": words for why, words in CUT_TROUBLES.items()}
    found |= {"cut too often": CUT_TOO_OFTEN, "key": KEY_TROUBLE, "power": POWER_TROUBLE, "stray": NOT_CONFIGURED}
    wires = {"badges": BADGE_TROUBLE, "bay": BAY_TROUBLE, "link": LINK_TROUBLE, "stamps": STAMP_TROUBLE}
    wires |= {"panel": PANEL_TROUBLE, "own": OWN_TROUBLE, "second": SECOND_TROUBLE, "returned": RETURNED_TROUBLE}
    found |= {what: f"{words} / {CAUSE}" for what, words in wires.items()}
    found |= {
        f"at rest {how}": at_rest_trouble({"/srv/data": how, "/mnt/second": how})
        for how in AtRest
        if how in (AtRest.PLAIN, AtRest.UNKNOWN)
    }
    for level in (SpaceLevel.SOON, SpaceLevel.LOW, SpaceLevel.FULL):
        for known in (True, False):
            said = space_trouble(Forecast(level, 13), replace(START, synchronised=known))
            found[f"space {level} {known}"] = said or ""
    found["digests"] = unverified_trouble({"originals": 190, "disk-2": 190})
    found |= {f"damage {what}": words.format(number=_MANY) for what, words in damage_words._WORDS.items()}
    found |= {f"footage {what}": words.format(number=_MANY) for what, words in footage_troubles._WORDS.items()}
    found |= {f"disk {what}": words.format(disk="WD-WX32D", number=7) for what, words in disk_words._WORDS.items()}
    for why in Contradiction:
        if why in histories._HOW:
            found[f"history {why}"] = " / ".join(
                "；".join((histories._HOW[why][at], histories._WHAT_TO_DO[at])) for at in (0, 1)
            )
    return found
