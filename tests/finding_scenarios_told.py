"""What a scenario of a finding is: rules in, the verdict out that the room itself gave. For tests alone."""

from collections.abc import Callable

from station.policy.effective import EffectivePack
from station.policy.permits import PERMITTED, Reported, Verdict

Scenario = Callable[[EffectivePack], Verdict]
"""Always asks the public function of the room that judges it."""


def told(*reports: Reported | None) -> Verdict:
    """Of the one thing that was reported, if anything was."""
    assert len(reports) <= 1, reports
    (report,) = reports or (None,)
    return PERMITTED if report is None else report.verdict
