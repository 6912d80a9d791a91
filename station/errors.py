"""Errors, sorted by who must act. Never raised bare: each says what happened, and what to do next.

The wire failed: try again, a limited number of times. Refused: tell the person, with the rule. Broken custody:
stop that bay, keep everything, raise the alarm. Wrong use: whoever called must call differently.
"""


class DockwardError(Exception):
    """Root of every error we name; shown to people as one line."""


class WireFailedError(DockwardError):
    """Something outside the process did not answer, or not in its own language. Worth trying again."""


class NotYetError(WireFailedError):
    """Asked too early: what it waits for is under way, and nothing is wrong with the wire."""


class OutsideHoursError(NotYetError):
    """It has hours of its own, and they are over; it goes on by itself when they begin. Nobody needs to look at it."""


class UnfitObservationError(WireFailedError):
    """What was said is outside the limits of any fact; whoever said it must be asked again or set right."""


class TooLateError(WireFailedError):
    """The camera this was about has gone. Nothing is lost: what it still has is read at its next docking."""


class RefusedError(DockwardError):
    """A rule says no. `code` names the finding; `articles` cites the law, empty where it is only a default."""

    def __init__(self, code: str, articles: tuple[str, ...] = (), rule: str = "") -> None:
        self.code = code
        self.articles = articles
        self.rule = rule
        super().__init__(f"{code} ({', '.join(articles) or '系统默认，非法规条文 / a default, not law'})")


class BrokenCustodyError(DockwardError):
    """What we hold and what we are told cannot both be true. Nothing was changed."""


class IllegalStepError(BrokenCustodyError):
    """No machine allows this fact in its present step."""


class JournalBrokenError(BrokenCustodyError):
    """The journal on disk is not what was written, or cannot be written as it must be."""


class WrongUseError(DockwardError):
    """The caller asked for something that does not exist or is not set up."""
