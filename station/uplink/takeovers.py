"""How often the broker threw us out for another client with our certificate. Pure; remembers one hour of one boot.

Once may be a line that broke and was dialled anew before the broker noticed; again and again is a second machine. Not
every broker says why it hangs up: where it hangs up as soon as it has let us in, that is what it looks like.
"""

from station.stamp import Stamp

HOUR_MS = 3_600_000
ALARM_TAKEOVERS = 3
"""So many within an hour, where the broker says so."""
ALARM_CUTS = 10
"""And so many where it does not."""
BRIEF_MS = 10_000
"""No network breaks so soon after each connection, again and again."""
_ALARM = (
    "本站密钥疑被另一台设备同时使用，请立即联系技术员，切勿还原任何一台"
    " / ALARM: another machine seems to use this station's key: thrown out {count} times or more within an hour;"
    " call the technician, restore neither (docs/runbooks/restored-card.md)"
)


class Takeovers:
    def __init__(self) -> None:
        self._told: list[Stamp] = []
        self._cut: list[Stamp] = []

    def ended(self, begun: Stamp, now: Stamp, *, taken_over: bool) -> None:
        """A connection ended that was not ours to end; `taken_over`: the broker said so."""
        lasted_ms = now.elapsed_since(begun.boot_id, begun.boot_ms)
        if taken_over:
            self._told = [*_within_the_hour(self._told, now), now][-ALARM_TAKEOVERS:]
        elif lasted_ms is not None and lasted_ms < BRIEF_MS:
            self._cut = [*_within_the_hour(self._cut, now), now][-ALARM_CUTS:]

    def alarm(self, now: Stamp) -> str:
        """For the status page; empty while there were few."""
        told, cut = len(_within_the_hour(self._told, now)), len(_within_the_hour(self._cut, now))
        return _ALARM.format(count=told + cut) if told >= ALARM_TAKEOVERS or cut >= ALARM_CUTS else ""


def _within_the_hour(seen: list[Stamp], now: Stamp) -> list[Stamp]:
    ages = ((at, now.elapsed_since(at.boot_id, at.boot_ms)) for at in seen)
    return [at for at, age_ms in ages if age_ms is not None and age_ms <= HOUR_MS]
