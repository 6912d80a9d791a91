"""`dockward export pack`: gathers what goes into a pack from the station's disk, and has the station's key close it."""

import argparse
import contextlib
import sqlite3
import tempfile
from functools import partial
from pathlib import Path

import msgspec

from dockward.pack_reading import Asked, Material, read_material
from station.clock import SystemClock
from station.config import StationConfig, read_config
from station.config_file import read_file
from station.errors import WrongUseError
from station.journal.sqlite_log import SqliteLog, connect_to_read
from station.journal.tile_folder import private_json, write_folder
from station.signing.certificates import fingerprint_of, leaf_of, nearest_valid_ms
from station.signing.pack_list import MediaTimes, TimesTable, canonical, chain_csv, list_csv, times_csv, times_of
from station.signing.pack_words import Seal, readme
from station.signing.packs import Contents, Sealer, make_pack
from station.signing.signer_wire import KeyUse, RemoteSigner
from station.signing.stamps import STAMP
from station.signing.statements import Statement
from station.store.folders import journal_path
from station.store.recordings import evidence_folder
from station.store.rules import policy_in_force


def add_arguments(pack: argparse.ArgumentParser) -> None:
    pack.add_argument("recordings", type=int, nargs="*", help="numbers of their recording_held facts")
    pack.add_argument("--mission", type=int, action="append", default=[], help="all of a mission, by its number")
    pack.add_argument("--request", type=int, help="the approved access request that decides what is given")
    pack.add_argument("--journal", action="store_true", help="with the whole journal, not only proofs of what is told")
    pack.add_argument("--config", type=Path, default=Path("/etc/dockward/station.toml"), help="station.toml")
    pack.add_argument("--out", type=Path, required=True, help="a new folder")


def run(arguments: argparse.Namespace) -> int:
    asked = Asked(missions=arguments.mission, recordings=arguments.recordings, request=arguments.request)
    material = export_pack(read_config(arguments.config), asked, arguments.out, whole_journal=arguments.journal)
    withheld = len(material.listed.recordings) - len(material.given)
    print(
        f"{len(material.given)} recordings given and {withheld} withheld, see {arguments.out}/data/list.csv;"
        f" check the pack with: dockward verify {arguments.out} --ca FILE"
    )
    return 0


def export_pack(config: StationConfig, asked: Asked, out: Path, *, whole_journal: bool) -> Material:
    """Signed by the station's evidence key, through its signer; no purge reaches it, so others' words stay here."""
    signer = RemoteSigner(Path(config.signer))
    # When a pack was made proves nothing; whoever needs to know asks for a time stamp.
    made_at_ms = SystemClock(lambda: False).stamp().utc_ms
    ca_pem, signer_pem = read_file(config.registry.ca), leaf_of(signer.chain(KeyUse.EVIDENCE))
    with (
        contextlib.closing(connect_to_read(journal_path(config))) as connection,
        tempfile.TemporaryDirectory(prefix="dockward-pack-") as temporary,
    ):
        rules = partial(policy_in_force, config.policy, ca_pem, made_at_ms)
        material = read_material(connection, config.station, asked, made_at_ms, rules)
        if not material.given:
            why = ", ".join(f"{one.recording} {one.reason}" for one in material.listed.recordings)
            raise WrongUseError(f"nothing of it may be given ({why}): name others, or have the reasons removed")
        folders = [evidence_folder(Path(config.data), number) for number in material.given]
        tsa_ca = (
            read_file(config.stamps.ca) if config.stamps and any((one / STAMP).exists() for one in folders) else b""
        )
        seal = Seal(
            station=config.station,
            ca_fingerprint=fingerprint_of(ca_pem),
            signed_at_s=nearest_valid_ms(signer_pem, made_at_ms) // 1000,
            stamped=bool(tsa_ca),
        )
        papers = _papers(material, folders, seal) | ({"tsa.pem": tsa_ca} if tsa_ca else {})
        journal = _journal(connection, material, Path(temporary)) if whole_journal else None
        contents = Contents(evidence=folders, ca_pem=ca_pem, papers=papers, journal=journal)
        sealer = Sealer(signer_pem=signer_pem, sign=lambda message: signer.sign(KeyUse.EVIDENCE, message))
        make_pack(out, contents, sealer, made_at_ms)
    return material


def _papers(material: Material, folders: list[Path], seal: Seal) -> dict[str, bytes]:
    """Everything that is written for the pack, by its path under `data`."""
    read = msgspec.json.Decoder(Statement).decode
    statements = [read((folder / "statement.json").read_bytes()) for folder in folders]
    names = {one.recording: one.original_name for one in statements}
    of_media = ((one, material.media.get(one.recording, MediaTimes())) for one in statements)
    times = TimesTable(recordings=tuple(times_of(one, media) for one, media in of_media))
    return {
        "README.txt": readme(material.listed, seal),
        "list.json": canonical(material.listed),
        "list.csv": list_csv(material.listed, names),
        "times.json": canonical(times),
        "times.csv": times_csv(times),
        "chain.csv": chain_csv(material.lines),
        "checkpoint": str(material.note).encode(),
        "words.json": private_json(material.words),
        **{f"chain/{n}.tlog-proof": proof for n, proof in material.proofs.items()},
    }


def _journal(connection: sqlite3.Connection, material: Material, folder: Path) -> Path:
    """Up to the head that the proofs lead to, with the words of what is given alone."""
    journal = folder / "journal"
    write_folder(SqliteLog(connection), journal, material.note, words_of=frozenset(material.given))
    return journal
