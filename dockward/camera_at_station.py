"""`dockward camera …` on a station: asked of it through its door, so that each act is a fact. Opens no camera."""

import argparse
from collections.abc import Iterator, Mapping
from pathlib import Path

from dockward import camera_clock, camera_identify, camera_ls
from dockward.camera_line import InCustodyError, shown, tell
from hardware.wires import CameraIdentity
from station.bays.technician import NOT_READ, ORDERED_LATER, QUARANTINED
from station.bays.technician_line import Act, ClockTold, Erasing, Identified, Listed, Question, ask
from station.config import read_config
from station.custody.clearing import Lack
from station.errors import WrongUseError

_REFUSED = {
    "pull": (
        "副本须由登录的管理人员调取，登录尚未提供 / a copy of evidence needs a custodian who is signed in, and nobody "
        "can sign in yet; 已采集的资料以证据包取得 / what the station has read is had with its signed statements, from "
        "the registry, or here as root: dockward export pack RECORDING... --out FOLDER"
    ),
    "probe": (
        "归仓的设备不作采购评估 / a docked camera is not judged for buying: 请换电脑评估未列册的设备 / use another "
        "computer, and a camera in no roll; `camera identify` works here"
    ),
}
_NOT_ASKED: Mapping[str, str] = {
    "cameras": "--cameras: 本站名册已生效 / the station's own roll counts here; leave it out",
    "serial": "--serial: 请指明仓位 / on a station name the bay alone; leave it out",
    "proof": "--proof: 由采集站核验 / the station's own proofs count here; leave it out",
}
_KEPT: Mapping[str, str] = {
    Lack.PROOF: "核验副本不足 / fewer copies are proved than the rules demand; has the registry answered?",
    Lack.RECEIPT: "登记中心尚未回执 / the registry has sent no receipt for it",
    Lack.SOUND: "本站存储的资料已损坏 / what is kept of it here was found damaged; the camera keeps it",
    Lack.RELEASE: "管理人员尚未同意清除 / no custodian has released it",
    NOT_READ: "尚未采集完毕或设备待领 / the camera is not read through, or is offered to an officer",
    QUARANTINED: "设备被隔离 / the camera is quarantined: nothing on it is ever cleared",
    ORDERED_LATER: "另行清除 / it is proved, and waits for the next order",
}


def run(arguments: argparse.Namespace, config: Path) -> int:
    if arguments.act in _REFUSED:
        raise InCustodyError(f"本机是采集站 / this machine is a station ({config}): {_REFUSED[arguments.act]}")
    for name, words in _NOT_ASKED.items():
        if getattr(arguments, name, None) is not None:
            raise WrongUseError(words)
    said = ask(Path(read_config(config).technician), Question(_act(arguments), arguments.place))
    match said:
        case Identified(serial=serial, model=model, battery_percent=percent, cards=cards):
            camera_identify.say(arguments, CameraIdentity(serial, model), percent, cards)
        case Listed(serial=serial, files=files):
            camera_ls.say(arguments, serial, files)
        case ClockTold(serial=serial, before=before, after=after):
            told = camera_clock.Told(arguments.place, serial, before, after)
            tell(arguments, told, tuple(camera_clock.lines(told)))
            return 1 if before is None or (arguments.set and after is None) else 0
        case Erasing():
            tell(arguments, said, tuple(_erasing(said)))
            return 1 if said.kept else 0
    return 0


def _act(arguments: argparse.Namespace) -> Act:
    match arguments.act:
        case "clock" if arguments.set:
            return Act.SET_CLOCK
        case "erase":
            return Act.ERASE if arguments.yes else Act.MAY_ERASE
        case act:
            return Act(act)


def _erasing(said: Erasing) -> Iterator[str]:
    yield f"设备 camera: {shown(said.camera or '未知 unknown')}"
    for number in said.ordered:
        yield f"已下令清除 ordered: recording {number}; 由采集站删除并核验 / the station deletes it and proves it gone"
    for number in said.clearable:
        yield f"可清除 would be ordered: recording {number}; --yes"
    for kept in said.kept:
        yield f"保留 kept: recording {kept.recording}: {_KEPT.get(kept.reason, kept.reason)}"
    if not (said.ordered or said.clearable or said.kept):
        yield "设备上没有已采集未清除的资料 / nothing that the station holds is known to be on it"
