"""One table: every finding and refusal, and how it comes about; and where a pack's own rule lets it never come about.

A scenario never asks the pack for the finding: it asks the room that judges it. What a pack excludes, a department may
still set for itself, lawfully; the finding is reached there.
"""

from collections.abc import Iterator, Mapping

from msgspec import Struct

from station.signing.policy_packs import packaged_names
from tests import finding_scenarios_dock, finding_scenarios_keeping, finding_scenarios_missions
from tests.finding_scenarios_told import Scenario

SCENARIOS: Mapping[str, Scenario] = {
    **finding_scenarios_dock.SCENARIOS,
    **finding_scenarios_missions.SCENARIOS,
    **finding_scenarios_keeping.SCENARIOS,
}
BY_NO_PARAMETER = frozenset(
    {"BAY_OFFERED_ALREADY", "CAMERA_TWICE", "HISTORY_DISPUTED", "NO_CAMERA_TO_LEND", "PACK_WEAKENED", "RELEASE_UNDUE"}
)
"""Plain physics; and that whoever comes later may only tighten."""


class Excluded(Struct, frozen=True):
    why: str
    instead: str
    """What the same scenario comes to under the pack as it stands; empty where nothing is found."""
    setting: str
    """What a department may lawfully say, so that it is reached."""


_SET = 'set_by = "U-1", set_at = 2026-01-05, note = "本单位决定"'
_NEWER = 'source = "某政规〔2026〕1号", source_date = 2026-01-01, approved_by = ["U-1", "U-2"]'
"""What loosening a default takes, and what loosening the law takes."""
_PURGE_ALLOWED = f'purge.mode = {{ value = "manual", status = "external", {_NEWER} }}'
_PURGE_OFF = Excluded("originals are protected: nothing is deleted for good", "DELETE_FORBIDDEN", _PURGE_ALLOWED)
_BY_CODE: Mapping[str, tuple[tuple[str, ...], Excluded]] = {
    "ALLOTTED_TO_OTHERS": (
        packaged_names(),
        Excluded("cameras are a pool", "", 'loan.allotment = { value = "person", status = "default" }'),
    ),
    "LONGTERM_UNBURNED": (
        ("liangping", "liangping-plan", "xixia", "yinchuan", "zhoucun"),
        Excluded("no time for burning discs", "", 'longterm.burn_days = { value = 10, status = "default" }'),
    ),
    "OVERSIGHT_BLOCKED": (
        ("mingshan", "zhoucun"),
        Excluded(
            "no body sees without approval",
            "",
            'oversight.bodies = { value = ["gov_legal"], status = "default" }\n'
            'oversight.purposes = { value = ["SUPERVISION"], status = "default" }',
        ),
    ),
    "PACK_EXPIRED": (
        ("liangping", "liangping-plan", "mingshan", "zhoucun"),
        Excluded("the instrument's life has no end", "", 'pack.valid_years = { value = 5, status = "default" }'),
    ),
    "PURGE_EARLY": (("zhoucun",), _PURGE_OFF),
    "PURGE_HELD": (("zhoucun",), _PURGE_OFF),
    "PURGE_UNAPPROVED": (("zhoucun",), _PURGE_OFF),
    "RATIO_SHORT": (
        ("liangping", "liangping-plan", "mingshan", "zhoucun"),
        Excluded(
            "no number and no class is confirmed by anybody: a shortfall is advice",
            "CLASS_UNSET",
            f'ratio.class_of_department."公安局" = {{ value = "A", status = "default", {_SET} }}\n'
            f'ratio.officers_per_device.A = {{ value = 2, status = "default", {_SET} }}\n'
            'ratio.on_shortfall = { value = "report", status = "default" }',
        ),
    ),
    "RETENTION_SHORTENED": (
        packaged_names(),
        Excluded(
            "no class is kept for less than the ordinary term",
            "",
            f'retention.classes.ACT-COUNTER = {{ value = 1, unit = "days", status = "external", {_NEWER}, {_SET} }}',
        ),
    ),
}


def _excluded() -> Iterator[tuple[tuple[str, str], Excluded]]:
    for code, (names, excluded) in _BY_CODE.items():
        yield from (((name, code), excluded) for name in names)


_CONFIRMED = f'ratio.class_of_department."公安局" = {{ value = "A", status = "default", {_SET} }}'
_UNCONFIRMED = Excluded(
    "the annex names municipal bodies: a district's are classed like them, unconfirmed", "", _CONFIRMED
)
EXCLUDED: Mapping[tuple[str, str], Excluded] = {**dict(_excluded()), ("xixia", "RATIO_SHORT"): _UNCONFIRMED}
"""By pack and code."""
