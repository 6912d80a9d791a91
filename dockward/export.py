"""`dockward export journal|pack`: thin shell over station.journal.tile_folder and station.signing.packs."""

import argparse
import tempfile
from collections.abc import Container
from pathlib import Path

from station.assemble import journal_path, read_file
from station.clock import SystemClock
from station.config import StationConfig, read_config
from station.errors import WrongUseError
from station.journal.sqlite_log import SqliteLog, connect_to_read
from station.journal.tile_folder import ALL_WORDS, write_folder
from station.signing.certificates import leaf_of
from station.signing.packs import Contents, Sealer, make_pack
from station.signing.signer_wire import KeyUse, RemoteSigner
from station.store.recordings import evidence_folder


def add_arguments(parser: argparse.ArgumentParser) -> None:
    acts = parser.add_subparsers(dest="what", required=True)
    journal = acts.add_parser("journal", help="the whole journal as files")
    journal.add_argument("path", type=Path, help="the journal's SQLite file")
    pack = acts.add_parser("pack", help="evidence of some recordings, with the journal, as one signed bag")
    pack.add_argument("recordings", type=int, nargs="+", help="numbers of their recording_held facts")
    pack.add_argument("--config", type=Path, default=Path("/etc/dockward/station.toml"), help="station.toml")
    for act in (journal, pack):
        act.add_argument("--out", type=Path, required=True, help="a new folder")


def run(arguments: argparse.Namespace) -> int:
    if arguments.what == "journal":
        size = _export_journal(arguments.path, arguments.out, ALL_WORDS)
        print(f"{size} facts in {arguments.out}; check them with: dockward verify {arguments.out}")
    else:
        _export_pack(read_config(arguments.config), arguments.recordings, arguments.out)
        print(
            f"{len(arguments.recordings)} recordings in {arguments.out}; check them with: "
            f"dockward verify {arguments.out} --ca FILE"
        )
    return 0


def _export_journal(path: Path, out: Path, words_of: Container[int]) -> int:
    log = SqliteLog(connect_to_read(path))
    note = log.newest_checkpoint()
    if note is None:
        raise WrongUseError(f"{path} has no signed checkpoint yet, so nobody vouches for it")
    witnessed = log.newest_checkpoint(cosigned=True)
    write_folder(log, out, note, witnessed if witnessed != note else None, words_of=words_of)
    return note.checkpoint.size


def _export_pack(config: StationConfig, recordings: list[int], out: Path) -> None:
    """Signed by the station's evidence key, through its signer; no purge reaches it, so others' words stay here."""
    signer = RemoteSigner(Path(config.signer))
    folders = [evidence_folder(Path(config.data), number) for number in recordings]
    with tempfile.TemporaryDirectory(prefix="dockward-pack-") as temporary:
        journal = Path(temporary) / "journal"
        _export_journal(journal_path(config), journal, frozenset(recordings))
        contents = Contents(evidence=folders, ca_pem=read_file(config.registry.ca), journal=journal)
        sealer = Sealer(
            signer_pem=leaf_of(signer.chain(KeyUse.EVIDENCE)),
            sign=lambda message: signer.sign(KeyUse.EVIDENCE, message),
        )
        # When a pack was made proves nothing; whoever needs to know asks for a time stamp.
        make_pack(out, contents, sealer, SystemClock(lambda: False).stamp().utc_ms)
