"""What was kept and is not any more what was held, in words, as long as its finding is open. Pure.

By the numbers of findings, and by disks as facts name them; nothing says what the footage is. What its camera still
has, and may be read from it anew, stands in `footage_troubles`.
"""

from collections.abc import Mapping

from station.custody.judge_originals import COPIES_ON
from station.custody.reported_finding import ReportedFinding
from station.custody.state import State
from station.views.footage_troubles import on_camera

KEPT = "存储资料 stored footage"
"""Under this it stands, beside all bays."""
_NUMBERS_MAX = 8
_TAKE_ZH, _TAKE_EN = (
    "请从登记中心或其他副本取用，并尽快检查更换磁盘",
    "the registry or another copy has the bytes; change that disk",
)
_WORDS: Mapping[tuple[str, str], str] = {
    ("HASH_MISMATCH", "gone"): (
        f"本站原件与采集时不符，机上已无，发现 {{number}}；请保持磁盘原样，{_TAKE_ZH} / "
        f"an original here is not what was held and is on no camera, finding {{number}}: leave it as it is; {_TAKE_EN}"
    ),
    ("STORE_FAULT", "gone"): (
        f"本站磁盘读不出原件，机上已无，发现 {{number}}；{_TAKE_ZH} / "
        f"the disk does not give an original, which is on no camera, finding {{number}}: {_TAKE_EN}"
    ),
    ("STORE_FAULT", "on_camera"): (
        "本站磁盘读不出原件，机上资料不予清除，发现 {number}；请尽快检查更换磁盘 / "
        "the disk does not give an original, finding {number}: its camera is not cleared of it; change the disk"
    ),
    ("HASH_MISMATCH", "copies"): (
        "第二磁盘上的备份与原件不符，不再计入，自动重新备份，发现 {number}；请检查更换该磁盘 / "
        "a copy on the second disk is not what was copied, finding {number}: it counts no more and is made anew; check "
        "and change that disk"
    ),
    ("STORE_FAULT", "copies"): (
        "第二磁盘读不出备份，不再计入，自动重新备份，发现 {number}；请检查更换该磁盘 / "
        "the second disk does not give a copy, finding {number}: it counts no more and is made anew; change that disk"
    ),
}


def damage_troubles(state: State) -> dict[str, str]:
    told: dict[str, list[int]] = {}
    for number, finding in sorted(state.findings.items()):
        words = _WORDS.get((finding.code, _of_what(state, finding)))
        if words is not None:
            told.setdefault(words, []).append(number)
    said = [words.format(number=_listed(numbers)).split(" / ") for words, numbers in told.items()]
    return {KEPT: " / ".join(("；".join(zh for zh, _ in said), "; ".join(en for _, en in said)))} if said else {}


def _of_what(state: State, finding: ReportedFinding) -> str:
    kind, _, about = finding.about.partition(":")
    if kind == COPIES_ON:
        return "copies"
    if kind != "recording" or not about.isdecimal():
        return ""
    return "on_camera" if on_camera(state, finding) else "gone"


def _listed(numbers: list[int]) -> str:
    return ", ".join(map(str, numbers[:_NUMBERS_MAX])) + (" …" if len(numbers) > _NUMBERS_MAX else "")
