"""Disks in words for whoever stands at the dock: one that fails, or that people wrote off and are not done with. Pure.

Disks are named as facts name them; nothing says what lies on them.
"""

from collections.abc import Mapping

from station.bays.keeping_watch import OWN, RETURNED, SECOND
from station.custody.state import State
from station.views.bay_troubles import all_joined
from station.views.space_words import OWN_TROUBLE, RETURNED_TROUBLE, SECOND_TROUBLE

SECOND_DISK = "第二磁盘 second disk"
_WATCHED: Mapping[str, tuple[str, str]] = {
    OWN: ("磁盘 disk", OWN_TROUBLE),
    SECOND: (SECOND_DISK, SECOND_TROUBLE),
    RETURNED: (SECOND_DISK, RETURNED_TROUBLE),
}
_WORDS: Mapping[str, str] = {
    "disk_lost": (
        "磁盘 {disk} 已丢失，发现 {number}；其上的资料不能证明已清理，可能落入他人之手；请负责人查处 / "
        "{disk} is lost, finding {number}: footage on it is not proved deleted and may be in somebody's hands; whoever "
        "answers for it is to look into it"
    ),
    "disk_returned": (
        "已注销的磁盘 {disk} 曾再次接入本站，发现 {number}；请管理人员查明其上资料并妥善处置 / "
        "{disk} was written off and connected again, finding {number}: the custodian is to see what lies on it, and "
        "to it that it is dealt with"
    ),
}
"""By what the finding is about."""


def watched_troubles(found: Mapping[str, str]) -> dict[str, str]:
    """What the disks' watch found wrong, by which disk."""
    return {_WATCHED[disk][0]: f"{_WATCHED[disk][1]} / {said}" for disk, said in found.items()}


def gone_disk_troubles(state: State) -> dict[str, str]:
    """As long as their findings are open."""
    troubles: dict[str, str] = {}
    for number, finding in sorted(state.findings.items()):
        kind, _, disk = finding.about.partition(":")
        if kind in _WORDS:
            troubles = all_joined(troubles, {SECOND_DISK: _WORDS[kind].format(disk=disk, number=number)})
    return troubles
