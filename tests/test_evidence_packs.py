"""Promise: genuine evidence is packed whatever the clock said, and no words about others leave with it."""

import json
from pathlib import Path

import pytest
from msgspec.structs import replace

import dockward.export
from dockward.__main__ import main
from station.journal.sqlite_log import SqliteLog, connect_to_read
from station.journal.tile_folder import write_folder
from station.signing.packs import Contents, Sealer, make_pack
from station.signing.signer_wire import KeyUse
from station.signing.statements import Issuer, make_statement, part_digests, statement_bytes
from tests.agency import AT_MS, Leaf
from tests.evidence_folders import NAME, PART, STATION, VISIT, Evidence, held, make_evidence
from tests.note_keys import HEAD
from tests.reporting_stations import ReportingStation

PACKED, OTHER = "PACKED-0417.MP4", "OTHER-0815.MP4"
CONFIG = """
station = "st-1"
agency = "640100"
enrolment = 1
data = "data"
bays = [{name = "1", usb = "1-1.1", lock_pin = 17, board = 1, slot = 0}]
policy = {pack = "yinchuan"}
registry = {url = "https://registry.example", witness = "w", broker = {host = "registry.example"}}
"""


class LeafSigner:
    """A station's evidence key, in memory."""

    def __init__(self, leaf: Leaf) -> None:
        self.leaf = leaf

    def sign(self, use: KeyUse, message: bytes) -> bytes:
        assert use is KeyUse.EVIDENCE
        return self.leaf.sign(message)

    def chain(self, use: KeyUse) -> bytes:
        assert use is KeyUse.EVIDENCE
        return self.leaf.pem


@pytest.fixture
def numbers(tmp_path: Path) -> dict[str, int]:
    """A journal with a signed head, whose recordings have these names; their numbers."""
    station = ReportingStation(tmp_path / "data")
    held_by_name = {
        name: station.hold(str(place) * 64, 270, name, f"C-{place}").n for place, name in enumerate((PACKED, OTHER))
    }
    station.clerk._keep_checkpoint(station.note(), station.log_key, ())
    station.close()
    (tmp_path / "data/t-01-journal.sqlite").rename(tmp_path / "data/journal.sqlite")
    return held_by_name


def words_in(folder: Path) -> list[tuple[int, str]]:
    return [(word["n"], word["value"]) for word in json.loads((folder / "private.json").read_bytes())]


def test_a_pack_carries_the_words_of_its_own_recordings_alone(
    tmp_path: Path, numbers: dict[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    evidence = make_evidence(tmp_path / "data/evidence", n=numbers[PACKED])
    (tmp_path / "ca.pem").write_bytes(evidence.agency.ca_pem)
    monkeypatch.setattr(dockward.export, "RemoteSigner", lambda _: LeafSigner(evidence.signer))
    (tmp_path / "station.toml").write_text(CONFIG, encoding="utf-8")
    number, pack = str(numbers[PACKED]), tmp_path / "pack"
    assert main(["export", "pack", number, "--config", str(tmp_path / "station.toml"), "--out", str(pack)]) == 0
    assert words_in(pack / "data/journal") == [(numbers[PACKED], PACKED)]
    assert not [file for file in pack.rglob("*") if file.is_file() and OTHER.encode() in file.read_bytes()]
    assert main(["verify", str(pack), "--ca", str(tmp_path / "ca.pem")]) == 0


def test_the_journal_for_a_mirror_has_all_words_and_any_other_folder_none(
    tmp_path: Path, numbers: dict[str, int]
) -> None:
    mirror, other = tmp_path / "mirror", tmp_path / "other"
    assert main(["export", "journal", str(tmp_path / "data/journal.sqlite"), "--out", str(mirror)]) == 0
    assert words_in(mirror) == [(numbers[PACKED], PACKED), (numbers[OTHER], OTHER)]
    log = SqliteLog(connect_to_read(tmp_path / "data/journal.sqlite"))
    note = log.newest_checkpoint()
    assert note
    write_folder(log, other, note)
    assert words_in(other) == []
    assert main(["verify", str(other)]) == 0


def in_1970(folder: Path) -> Evidence:
    """The same evidence, as a station states it that does not know the time yet."""
    evidence = make_evidence(folder)
    fact = replace(held(), at=replace(held().at, utc_ms=5_000_000, synchronised=False))
    issuer = Issuer(station=STATION, origin=HEAD.origin, signer_pem=evidence.signer.pem, ca_pem=evidence.agency.ca_pem)
    digests = part_digests(evidence.folder / "original", PART)
    encoded = statement_bytes(make_statement(fact, NAME, VISIT, digests, issuer))
    (evidence.folder / "statement.json").write_bytes(encoded)
    (evidence.folder / "statement.sig").write_bytes(evidence.signer.sign(encoded))
    for name in ("receipt.json", "receipt.sig", "registry.pem"):
        (evidence.folder / name).unlink()
    return evidence


def test_evidence_stated_before_the_station_knew_the_time_is_packed_and_holds(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    evidence = in_1970(tmp_path / "evidence")
    contents = Contents(evidence=[evidence.folder], ca_pem=evidence.agency.ca_pem)
    (tmp_path / "ca.pem").write_bytes(evidence.agency.ca_pem)
    for made_at_ms in (AT_MS, 6_000_000):
        pack = tmp_path / str(made_at_ms)
        make_pack(pack, contents, Sealer(signer_pem=evidence.signer.pem, sign=evidence.signer.sign), made_at_ms)
        assert main(["verify", str(pack), "--ca", str(tmp_path / "ca.pem")]) == 0
        assert "only the witnessed journal shows when" in capsys.readouterr().out
