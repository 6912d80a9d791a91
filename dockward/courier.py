"""`dockward courier write|take|bring DISK`: thin shell over station.uplink.courier and registry.courier.

`write` and `bring` are typed on the station, beside the running service; `take` on the registry, whose service stands
still meanwhile.
"""

import argparse
import os
import re
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from registry.assemble import opened_books
from registry.config import read_config as read_registry_config
from registry.courier import CourierRefusedError, Desk, Taken, take_delivery
from station.bays.technician_line import EVERY_BAY, Act, CourierTaken, HeadsSigned, Question, Said, ask
from station.clock import SystemClock
from station.config import StationConfig, read_config
from station.durable import disk_errors_named, make_folder, write_file
from station.errors import RefusedError, WireFailedError, WrongUseError
from station.journal.sqlite_log import SqliteLog, connect_to_read
from station.signing.age_files import Identity
from station.signing.courier import (
    ANSWER_FILES,
    COSIGNED,
    RECORDINGS_MAX,
    RETURN,
    SMALL_BYTES_MAX,
    delivery_prefix,
    open_regular,
)
from station.signing.signer_wire import RemoteSigner
from station.store.folders import journal_path
from station.store.projections import load
from station.store.recordings import evidence_folder
from station.uplink.courier import Load, lacking, write_delivery
from station.uplink.courier_answers import inbox_of

_CREDENTIALS = "CREDENTIALS_DIRECTORY"
_KEY = "courier.key"
_NUMBER = "courier-number"
_ANSWER = re.compile(rf"{COSIGNED}|(0|[1-9][0-9]{{0,15}})\.({'|'.join(map(re.escape, ANSWER_FILES))})")
_ANSWERS_MAX = len(ANSWER_FILES) * RECORDINGS_MAX + 1


def add_arguments(parser: argparse.ArgumentParser) -> None:
    acts = parser.add_subparsers(dest="act", required=True)
    write = acts.add_parser("write", help="on the station: what the registry lacks, encrypted for it")
    write.add_argument(
        "--after", type=int, default=-1, help="only recordings after this one: another disk has the rest"
    )
    write.add_argument("--from", dest="first", type=int, help="the journal from this fact on: the registry has less")
    take = acts.add_parser("take", help="on the registry: everything that stations wrote onto the disk")
    take.add_argument("--identity", type=Path, help=f"the registry's age identity; its unit's credential {_KEY} else")
    bring = acts.add_parser("bring", help="on the station: the receipts that the registry wrote onto the disk")
    for act in (write, take, bring):
        act.add_argument("disk", type=Path, help="folder that the courier's disk is mounted at")
    for act in (write, bring):
        act.add_argument("--config", type=Path, default=Path("/etc/dockward/station.toml"), help="station.toml")
    take.add_argument("--config", type=Path, default=Path("/etc/dockward/registry.toml"), help="registry.toml")


def run(arguments: argparse.Namespace) -> int:
    match arguments.act:
        case "write":
            return _write(read_config(arguments.config), arguments)
        case "bring":
            return _bring(read_config(arguments.config), arguments.disk)
        case _:
            return _take(arguments)


def _write(config: StationConfig, arguments: argparse.Namespace) -> int:
    recipient = config.registry.courier
    if recipient is None:
        raise WrongUseError("no courier under [registry]; set it to the registry's courier.recipient")
    heads = _asked(config, Act.COURIER_HEADS)
    assert isinstance(heads, HeadsSigned)  # noqa: S101 - the answer to that question
    data = Path(config.data)
    with closing(connect_to_read(journal_path(config))) as connection:
        log = SqliteLog(connection)
        cosigned = log.newest_checkpoint(cosigned=True)
        known = cosigned.checkpoint.size if cosigned else 0
        first = known if arguments.first is None else min(arguments.first, known)
        carried = Load(
            station=config.station,
            origin=config.origin,
            number=_next_number(data),
            recipient=recipient,
            log=log,
            first=first,
            to=max(first, heads.size),
            recordings=lacking(load(connection), heads.size, arguments.after),
            evidence=lambda number: evidence_folder(data, number),
        )
        made = write_delivery(arguments.disk, carried, RemoteSigner(Path(config.signer)), _now_ms())
    manifest = made.manifest
    print(f"{made.folder}: facts {manifest.first} to {manifest.to}, {len(manifest.recordings)} recordings")
    for number, why in made.unfit.items():
        print(f"未能写入 left out: recording {number}: {why}")
    if made.waiting:
        last = max(manifest.recordings, default=arguments.after)
        print(f"空间不足 no room for {len(made.waiting)} more: dockward courier write NEXT-DISK --after {last}")
    return 1 if made.unfit or made.waiting else 0


def _take(arguments: argparse.Namespace) -> int:
    config = read_registry_config(arguments.config)
    _require_own(Path(config.data), arguments.disk)
    identity = _identity(arguments.identity)
    folders = sorted(path for path in arguments.disk.glob("dockward-*") if _is_folder(path))
    if not folders:
        raise WrongUseError(f"{arguments.disk} holds no delivery; is the courier's disk mounted there?")
    failed = False
    with opened_books(config, RemoteSigner(Path(config.signer)), _now_ms) as books:
        desk = Desk(
            enrolments=books.enrolments,
            ledger=books.ledger,
            mirror=books.mirror,
            uploads=books.uploads,
            ca_pem=books.ca_pem,
            now_ms=_now_ms,
            identity=identity,
        )
        for folder in folders:
            try:
                failed |= _say(folder, take_delivery(folder, desk))
            except (CourierRefusedError, RefusedError) as error:
                failed = True
                print(f"{folder.name}: 不予接收 refused: {error}")
    return 1 if failed else 0


def _say(folder: Path, taken: Taken) -> bool:
    size = taken.cosigned.checkpoint.size if taken.cosigned else 0
    again = "" if taken.before_ms is None else "; 此前已接收 taken before, answered again"
    print(f"{folder.name}: {size} facts witnessed, {len(taken.receipted)} receipts in {taken.answers}{again}")
    for number, code in taken.refused.items():
        print(f"{folder.name}: 未接收 recording {number}: {code}")
    return bool(taken.refused)


def _bring(config: StationConfig, disk: Path) -> int:
    own, answers = delivery_prefix(config.station, config.origin), disk / RETURN
    found = answers.glob(f"{own}*") if _is_folder(answers) else ()
    folders = sorted(path for path in found if path.name.removeprefix(own).isdecimal() and _is_folder(path))
    if not folders:
        raise WrongUseError(f"{disk} holds no answers for {config.station}; was it at the registry?")
    failed = False
    for folder in folders:
        _lay(folder, inbox_of(Path(config.data)))
        taken = _asked(config, Act.COURIER_TAKE)
        assert isinstance(taken, CourierTaken)  # noqa: S101 - the answer to that question
        known = f", {len(taken.known)} known before" if taken.known else ""
        print(f"{folder.name}: {len(taken.receipted)} receipts{known}; {taken.delivered} facts are at the registry")
        for number, code in taken.refused:
            print(f"{folder.name}: 回执无效 recording {number}: {code}")
        failed |= bool(taken.refused)
    return 1 if failed else 0


def _lay(folder: Path, inbox: Path) -> None:
    """Copy the answers to where the station looks for them, by its own account; what was left there goes."""
    names = sorted(
        (path.name for path in folder.iterdir() if _ANSWER.fullmatch(path.name)),
        key=lambda name: name.endswith(ANSWER_FILES[0]),
    )
    if len(names) > _ANSWERS_MAX:
        raise WrongUseError(f"{folder} holds {len(names)} answers; that is more than a delivery asks for")
    with disk_errors_named():
        with _as_owner_of(inbox.parent):
            make_folder(inbox)
            for left in inbox.iterdir():
                left.unlink()
        for name in names:
            with open_regular(folder / name) as file:
                content = file.read(SMALL_BYTES_MAX + 1)
            with _as_owner_of(inbox.parent):
                write_file(inbox / name, [content])


@contextmanager
def _as_owner_of(folder: Path) -> Iterator[None]:
    """As the account that a folder belongs to, where root asks: what lies there may lead anywhere."""
    owner = folder.stat()
    if os.geteuid() or owner.st_uid == 0:
        yield
        return
    group, groups = os.getegid(), os.getgroups()
    os.setgroups([])
    os.setegid(owner.st_gid)
    os.seteuid(owner.st_uid)
    try:
        yield
    finally:
        os.seteuid(0)
        os.setegid(group)
        os.setgroups(groups)


def _is_folder(path: Path) -> bool:
    return path.is_dir() and not path.is_symlink()


def _require_own(data: Path, disk: Path) -> None:
    """What another account writes there, the registry's service cannot read afterwards."""
    if data.exists() and data.stat().st_uid != os.geteuid():
        raise WrongUseError(
            f"{data} belongs to {data.owner()}, and so must whoever takes a disk: systemd-run --pty --wait --collect"
            f" --uid={data.owner()} -p LoadCredential={_KEY}:/etc/dockward/registry/{_KEY}"
            f" /opt/dockward/.venv/bin/dockward courier take {disk}"
        )


def _asked(config: StationConfig, act: Act) -> Said:
    return ask(Path(config.technician), Question(act, EVERY_BAY))


def _next_number(data: Path) -> int:
    path = data / _NUMBER
    with _as_owner_of(data):
        number = 1 + (int(path.read_text(encoding="ascii")) if path.exists() else 0)
        write_file(path, [str(number).encode()])
    return number


def _identity(path: Path | None) -> Identity:
    credentials = os.environ.get(_CREDENTIALS)
    if path is None and credentials is None:
        raise WrongUseError("name the registry's age identity: --identity /etc/dockward/registry/courier.key")
    file = path or Path(credentials or "") / _KEY
    try:
        return Identity.parse(file.read_text(encoding="ascii"))
    except (OSError, UnicodeDecodeError) as error:
        raise WireFailedError(f"{file} cannot be read: {error}; are you the registry's own account?") from error


def _now_ms() -> int:
    return SystemClock(lambda: False).stamp().utc_ms
