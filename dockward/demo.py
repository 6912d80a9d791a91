"""`dockward demo`: a whole simulated dock at work, or with --shift one shift played and checked from end to end.

Simulated are the dock (cameras on a virtual USB bus, mock pins, bay boards on a pty) and the broker.
Station, registry, signers, certificates and journal are what ships.
"""

import argparse
import contextlib
import json
import random
import re
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from dockward.badge_tray import Tray, served
from dockward.embedded_broker import free_port
from dockward.refusals import BEFORE_THE_GATE, GATE, play_refusals
from dockward.second_dock import SECOND
from dockward.shift import BAYS_MIN, FIRST_OFFICER, SECOND_OFFICER, Shift
from dockward.stage import Stage, stage
from dockward.stage_config import AGENCY, POLICY, STATION, StationPlan
from dockward.stage_rolls import CUSTODIAN, PASSWORD, PIN
from dockward.visitors import Visitors
from station.custody.facts import Fact, body_fields
from station.errors import WrongUseError
from station.journal.entries import read_entry
from station.journal.sqlite_log import SqliteLog, connect_to_read
from station.journal.tile_folder import write_folder
from station.pages.roles import ROLES
from station.store.folders import journal_path
from station.web.routes import ROUTES

ORIGIN = f"dockward/{AGENCY}/{STATION}/1"
_SHOWN_CHARACTERS_MAX = 40
_LOOK_SECONDS = 0.2
_GROUND = re.compile(r"依据.*\(by |非法规条文.*not law", re.DOTALL)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--shift", action="store_true", help="play one complete shift, check it, and end")
    parser.add_argument(
        "--json", action="store_true", help="with --shift: print facts and checks as JSON, nothing else"
    )
    parser.add_argument("--bays", type=int, default=8, help="how many bays (default 8)")
    parser.add_argument("--port", type=int, default=0, help="port of the station's pages (default: any free one)")
    parser.add_argument("--policy", default=POLICY, help=f"packaged policy pack in force (default {POLICY})")
    parser.add_argument("--data", type=Path, help="keep everything in this new folder (default: a temporary one)")


def run(arguments: argparse.Namespace) -> int:
    if arguments.json and not arguments.shift:
        raise WrongUseError("--json is for --shift: a demo that goes on has no end to report")
    if arguments.shift and arguments.bays < BAYS_MIN:
        raise WrongUseError(f"a shift is played at {BAYS_MIN} bays or more; name more with --bays")
    signal.signal(signal.SIGTERM, _as_by_ctrl_c)
    with contextlib.ExitStack() as stack:
        folder: Path = arguments.data or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="dockward-")))
        if arguments.shift:
            return _play_shift(folder, arguments)
        with stage(folder, _plan(arguments)) as playing:
            return _show(playing)


def _plan(arguments: argparse.Namespace) -> StationPlan:
    """A shift is played without a browser: it needs neither a reader nor a desk."""
    if arguments.shift:
        return StationPlan(arguments.bays, arguments.port, arguments.policy)
    return StationPlan(arguments.bays, arguments.port, arguments.policy, staffed=True, desk_port=free_port())


def _as_by_ctrl_c(*_: object) -> None:
    """Whoever ends the demo, everything it started ends with it."""
    raise KeyboardInterrupt


def _play_shift(folder: Path, arguments: argparse.Namespace) -> int:
    with stage(folder, _plan(arguments), SECOND) as playing:
        quiet = arguments.json
        shift = Shift(playing, _nothing if quiet else _print_with_facts(playing))
        shift.play()
        summary = _summary(playing, shift)
        shift.checks["all recordings were packed"] = _pack(playing)
        refusals = play_refusals(folder, playing.surrounded, arguments.policy, _nothing if quiet else _print_refusal)
    summary["refusals"] = refusals
    shift.checks |= checked(refusals) | _verified(folder, quiet=quiet)
    summary["passed"] = all(shift.checks.values())
    if quiet:
        print(json.dumps(summary, ensure_ascii=False))
    else:
        for what, holds in shift.checks.items():
            print(f"  {'✓' if holds else '✗ FAILED:'} {what}")
        print("如期完成 / all as it should be" if summary["passed"] else "演示失败 / the shift FAILED")
    return 0 if summary["passed"] else 1


def _nothing(_: str) -> None:
    pass


def _print_refusal(words: str) -> None:
    print(f"  {words}", flush=True)


def checked(refusals: Mapping[str, str]) -> dict[str, bool]:
    """Reached, each of them; and those of a rule say which one it is, or that it is only a default."""
    missing = [code for code in (*GATE, *BEFORE_THE_GATE) if code not in refusals]
    reached = f"every refusal of the gate was reached ({len(refusals)})"
    grounded = all(_GROUND.search(refusals.get(code, "")) for code in GATE)
    return {
        f"{reached}; not {', '.join(missing)}" if missing else reached: not missing,
        f"each of the {len(GATE)} that follow from a rule names the rule, or the default": grounded,
    }


def _show(playing: Stage) -> int:
    """Visitors come and go until somebody presses Ctrl-C."""
    pausing = threading.Event()
    people = (FIRST_OFFICER, SECOND_OFFICER, CUSTODIAN)
    tray = Tray(playing.dock, people, [bay.name for bay in playing.station.config.bays])
    with served(tray) as tray_url:
        _print_places(playing, tray_url)
        say = _print_with_facts(playing)
        visitors = Visitors(playing, random.Random(), say)  # noqa: S311 - who comes when is no secret
        try:
            while playing.works:
                visitors.something_happens()
                say("")
                pausing.wait(_LOOK_SECONDS)
        except KeyboardInterrupt:
            pass
    print("\n结束 / ending")
    return 0


def _print_places(playing: Stage, tray_url: str) -> None:
    desk = playing.station.config.desk
    kiosk = f"{playing.pages}/kiosk" if ("GET", "/kiosk") in ROUTES else "尚未建成 / not built yet"
    places = {
        "自助终端 kiosk": kiosk,
        "证卡盘 badge tray": f"{tray_url}/  密码 PIN {PIN}",
        "办公端 desk": f"https://127.0.0.1:{desk.port}/desk" if desk is not None else "",
        "站端状态 station status": f"{playing.pages}/",
        "显示屏 panel at the dock": f"{playing.pages}/panel",
        "中心 fleet, at the registry": f"{playing.fleet}/",
        "data": str(playing.folder),
    }
    print(f"{__doc__.split(chr(10), 1)[1].strip()}\n")
    for name, where in places.items():
        print(f"  {name:<28} {where}")
    print(f"\n  办公端账号 accounts of the desk, 密码 password {PASSWORD}:")
    print("".join(f"    {name:<20} {role.words}\n" for name, role in ROLES.items()), end="")
    print(f"  浏览器须导入 the browser needs {playing.folder / 'ca/ca.pem'}")
    print("\nCtrl-C 结束 / ends it\n", flush=True)


def _print_with_facts(playing: Stage) -> Callable[[str], None]:
    """Print what people do, and after it the facts that were written meanwhile."""
    news = _news(playing)

    def say(words: str) -> None:
        for fact in next(news):
            said = " ".join(f"{name}={_short(value)}" for name, value in body_fields(fact.body).items())
            print(f"  {fact.n:4}  {fact.body.zh} {fact.body.type}  {said}")
        if words:
            print(words)
        sys.stdout.flush()

    return say


def _news(playing: Stage) -> Iterator[list[Fact]]:
    """Each time: the facts that have come since."""
    log = SqliteLog(connect_to_read(journal_path(playing.station.config)))
    seen = 0
    while True:
        facts = [read_entry(entry) for entry in log.entries(seen)]
        seen += len(facts)
        yield facts


def _summary(playing: Stage, shift: Shift) -> dict[str, Any]:
    (facts,) = [next(_news(playing))]
    return {
        "facts": [
            {
                "n": fact.n,
                "type": fact.body.type,
                "by": fact.by,
                "subject": fact.subject,
                "body": body_fields(fact.body),
            }
            for fact in facts
        ],
        "delivered": playing.station.uplink.delivered,
        "checks": shift.checks,
    }


def _verified(folder: Path, *, quiet: bool) -> dict[str, bool]:
    """As a court would: the verifier alone, on the journal and on each recording's evidence."""
    log = SqliteLog(connect_to_read(folder / "data/journal.sqlite"))
    note = log.newest_checkpoint(cosigned=True)
    if note is None:
        return {"the journal is witnessed": False}
    write_folder(log, folder / "journal", note)
    enrolment = json.loads((folder / "station/enrolment.json").read_text(encoding="utf-8"))
    witness = (folder / "registry/witness.vkey").read_text(encoding="utf-8").strip()
    (folder / "policy").write_text(f"log {enrolment['log_key']}\nwitness w {witness}\nquorum w\n", encoding="utf-8")
    ca = str(folder / "station/ca.pem")
    evidence = sorted((folder / "data/evidence").iterdir())
    return {
        "the verifier accepts the whole journal": _verify(
            folder / "journal", "--policy", folder / "policy", quiet=quiet
        ),
        "the verifier accepts every recording's evidence": bool(evidence)
        and all(_verify(one, "--ca", ca, quiet=True) for one in evidence),
        "the verifier accepts the pack": _verify(folder / "pack", "--ca", ca, quiet=True),
    }


def _pack(playing: Stage) -> bool:
    """Everything that was read, as one signed bag."""
    folder = playing.folder
    recordings = sorted(one.name for one in (folder / "data/evidence").iterdir())
    return _dockward("export", "pack", *recordings, "--config", folder / "station.toml", "--out", folder / "pack")


def _verify(path: Path, *options: object, quiet: bool) -> bool:
    sys.stdout.flush()
    return _dockward("verify", path, *options, quiet=quiet)


def _dockward(*words: object, quiet: bool = True) -> bool:
    command = [sys.executable, "-m", "dockward", *map(str, words)]
    return subprocess.run(command, check=False, stdout=subprocess.DEVNULL if quiet else None).returncode == 0


def _short(value: object) -> str:
    text = str(value)
    return text if len(text) <= _SHOWN_CHARACTERS_MAX else f"{text[:_SHOWN_CHARACTERS_MAX]}…"
