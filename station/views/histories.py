"""What the status page says while the journal's history is disputed: how it came about, and what to do."""

from collections.abc import Mapping

from station.custody.history import Contradiction
from station.custody.state import State

JOURNAL = "日志链 journal"
_WHAT_TO_DO = (
    "已停止领用、清除、签名和上传，采集照常；请保留全部设备和资料，联系技术员",
    "nothing is lent, cleared, signed or sent: keep everything, call the technician (docs/runbooks/restored-card.md)",
)
_HOW: Mapping[str, tuple[str, str]] = {
    Contradiction.JOURNAL_ROLLED_BACK: (
        "本站日志短于登记中心已见证的日志，存储卡可能被还原",
        "the registry witnessed more of this journal than is here: the card was restored, or is an old copy",
    ),
    Contradiction.JOURNAL_FORKED: (
        "本站日志与登记中心已见证的日志不同，可能有两台设备共用一把密钥",
        "the registry witnessed another journal under this station's key: two copies go on, or one is forged",
    ),
    Contradiction.REGISTRY_FORKED: (
        "登记中心为本站签署了两份不同的日志，两份凭据均已保存",
        "the registry signed two histories of this journal; both notes are kept here",
    ),
    Contradiction.LOG_ALREADY_FARTHER: (
        "本站签名器已签署过更长或不同的日志，存储卡可能被还原",
        "this station's signer has signed further than this journal goes: the card was restored, or is an old copy",
    ),
}


def history_troubles(state: State) -> Mapping[str, str]:
    """Nothing while there is one history."""
    if not state.disputes:
        return {}
    found = [_HOW[dispute.why] for dispute in state.disputes.values()]
    chinese, english = ("；".join((*(words[at] for words in found), _WHAT_TO_DO[at])) for at in (0, 1))
    return {JOURNAL: f"{chinese} / {english}"}
