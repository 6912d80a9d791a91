"""`dockward verify` on packs: whatever is changed, dropped, added or swapped fails, and so does a station's own lie."""

import itertools
import json
import os
import random
import shutil
import subprocess
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import bagit
import pytest

from dockward.__main__ import main
from dockward.evidence_verifier import check_manifest, verify
from dockward.pack_verifier import check_complete
from dockward.pack_verifier_words import NAMES, WHY
from dockward.verifier import UnsoundError
from station.custody import acts
from station.custody.facts import CATALOGUE
from station.errors import BrokenCustodyError, RefusedError, WrongUseError
from station.signing.certificates import STATION_TLS
from station.signing.pack_list import REASONS
from station.signing.packs import Contents, Sealer, make_pack
from tests.agency import AT_MS, Agency
from tests.evidence_folders import make_evidence
from tests.pack_world import TAGS, PackWorld, resign, world_in
from tests.stamp_authority import StampAuthority

SOAK = os.environ.get("DOCKWARD_HYPOTHESIS") == "soak"
SMALL, SAMPLE = (10_000, 1_000) if SOAK else (100, 10)
"""Files up to so many bytes are changed in each byte; of larger ones, so many."""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PackWorld]:
    """One pack for all: two recordings given, one withheld as secret, with the whole journal."""
    with world_in(tmp_path_factory.mktemp("world")) as world:
        one, two, secret = (world.record(bytes([65 + n]) * 300, f"C-{n}") for n in range(3))
        mission = world.mission(one, two, secret)
        world.begin(acts.MarkSecret(by="keeper", category="STATE", recordings=(secret,), ground="x"))
        request = world.approve(one, two)
        world.seal()
        assert world.export("--mission", str(mission), "--request", str(request), "--journal") == 0
        assert world.export("--mission", str(mission), "--request", str(request), out="short") == 0
        yield world


@pytest.fixture
def pack(made: PackWorld, tmp_path: Path) -> Path:
    return Path(shutil.copytree(made.folder / "pack", tmp_path / "pack"))


@pytest.fixture
def short(made: PackWorld, tmp_path: Path) -> Path:
    """Without the journal."""
    return Path(shutil.copytree(made.folder / "short", tmp_path / "short"))


def ca(world: PackWorld) -> Path:
    return world.folder / "ca.pem"


def problems(world: PackWorld, pack: Path) -> list[str]:
    return [f"{found.where}: {found.problem}" for found in verify(pack, ca(world), None).findings]


def test_a_whole_pack_holds_and_says_what_is_withheld(
    made: PackWorld, pack: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    policy = str(made.folder / "policy")
    assert main(["verify", str(pack), "--ca", str(ca(made)), "--policy", policy]) == 0
    said = capsys.readouterr().out
    assert "result: all checks held" in said
    assert "withheld (SECRET)" in said
    assert "the list has every recording" not in said
    assert "not checked" not in said


def test_without_a_ca_from_outside_and_without_the_journal_it_says_so(
    made: PackWorld, short: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["verify", str(short)]) == 0
    said = capsys.readouterr().out
    assert "no CA from outside was given (--ca)" in said
    assert "the list has every recording of its missions is the station's signed word" in said
    assert "was not checked: give --policy" in said
    assert problems(made, short) == []


def test_a_policy_of_other_witnesses_is_not_met(made: PackWorld, short: Path, tmp_path: Path) -> None:
    (tmp_path / "policy").write_text(f"log {made.station.log_key}\nquorum none\n", encoding="utf-8")
    words = ["verify", str(short), "--ca", str(ca(made)), "--policy", str(tmp_path / "policy")]
    assert main(words) == 0
    other = str(made.station.log_key).replace("st-1", "st-2")
    (tmp_path / "policy").write_text(f"log {other}\nquorum none\n", encoding="utf-8")
    assert main(words) == 2


def test_a_pack_is_a_bag_for_coreutils_and_for_the_reference_validator(pack: Path) -> None:
    for manifest in ("manifest-sha256.txt", "tagmanifest-sha256.txt"):
        subprocess.run(["sha256sum", "--strict", "--quiet", "-c", manifest], cwd=pack, check=True)
    bag = bagit.Bag(str(pack))
    bag.validate()
    assert bag.info["Dockward-Pack"] == "2"
    (pack / "data/extra").write_bytes(b"x")
    with pytest.raises(bagit.BagValidationError):
        bagit.Bag(str(pack)).validate()


def files_of(pack: Path) -> list[Path]:
    return sorted(path for path in pack.rglob("*") if path.is_file())


def changes(file: Path) -> Iterator[None]:
    """The file with one bit changed, here and there: everywhere where it is small."""
    true = file.read_bytes()
    whole = range(len(true))
    for place in whole if len(true) <= SMALL else random.Random(file.name).sample(whole, SAMPLE):
        file.write_bytes(true[:place] + bytes([true[place] ^ (1 << place % 8)]) + true[place + 1 :])
        yield
    file.write_bytes(true)


def test_any_changed_byte_of_what_is_packed_fails(pack: Path) -> None:
    """By the manifest, which is what every check rests on; asked by itself, because it is asked so often."""
    manifest = (pack / "manifest-sha256.txt").read_bytes()
    payload = {file.relative_to(pack).as_posix() for file in files_of(pack / "data")}
    for name in sorted(payload):
        for _ in changes(pack / name):
            with pytest.raises(UnsoundError):
                check_manifest(pack, "manifest-sha256.txt", manifest, payload)
    check_manifest(pack, "manifest-sha256.txt", manifest, payload)


@pytest.mark.parametrize("name", [*TAGS, "tagmanifest-sha256.txt", "tagmanifest-sha256.txt.sig", "data/list.json"])
def test_any_changed_byte_of_what_closes_a_pack_fails(made: PackWorld, short: Path, name: str) -> None:
    for _ in itertools.islice(changes(short / name), None if SOAK else 3):
        assert problems(made, short)
    shutil.copy(made.folder / "short" / name, short / name)
    assert problems(made, short) == []


def test_any_dropped_file_fails(made: PackWorld, short: Path) -> None:
    manifest = (short / "manifest-sha256.txt").read_bytes()
    payload = {file.relative_to(short).as_posix() for file in files_of(short / "data")}
    for name in sorted(payload):
        with pytest.raises(UnsoundError) as dropped:
            check_manifest(short, "manifest-sha256.txt", manifest, payload - {name})
        assert [found.where for found in dropped.value.findings] == [name]
    for name in (*TAGS, "tagmanifest-sha256.txt", "tagmanifest-sha256.txt.sig", "data/3/original"):
        true = (short / name).read_bytes()
        (short / name).unlink()
        assert problems(made, short), name
        (short / name).write_bytes(true)


def test_nothing_can_be_added_to_a_pack(made: PackWorld, pack: Path) -> None:
    for name in ("data/extra", "extra.txt", "data/3/extra", "data/chain/99.tlog-proof"):
        (pack / name).write_bytes(b"x")
        assert f"{name}: is not listed" in problems(made, pack)[0]
        (pack / name).unlink()
    (pack / "data/link").symlink_to(made.folder)
    assert "data/link: is no regular file" in problems(made, pack)[0]


@pytest.mark.parametrize(
    ("one", "other"),
    [("data/3/original", "data/10/original"), ("data/chain/1.tlog-proof", "data/chain/2.tlog-proof")],
)
def test_two_files_that_changed_places_fail_even_closed_anew(made: PackWorld, pack: Path, one: str, other: str) -> None:
    first, second = (pack / one).read_bytes(), (pack / other).read_bytes()
    (pack / one).write_bytes(second)
    (pack / other).write_bytes(first)
    assert problems(made, pack)
    resign(made, pack)
    assert problems(made, pack)


Change = Callable[[dict[str, Any]], object]


def relist(made: PackWorld, pack: Path, change: Change) -> list[str]:
    """What the station itself could do: write another list, and sign it."""
    file = pack / "data/list.json"
    said = json.loads(file.read_bytes())
    change(said)
    file.write_bytes(json.dumps(said, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode())
    resign(made, pack)
    return problems(made, pack)


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (lambda said: said["recordings"].pop(), "cited by nothing"),
        (lambda said: said["recordings"][0].update(sha256="0" * 64), "is not what the journal says was held"),
        (lambda said: said["recordings"][0].update(size_bytes=1), "is not what the journal says was held"),
        (lambda said: said["recordings"][0].update(held_at="2026-01-01T00:00:00.000Z"), "was not held when"),
        (lambda said: said["recordings"][0].update(reason="SECRET"), "is given and not listed so"),
        (lambda said: said["recordings"][0].update(mission=None), "is not in mission None"),
        (lambda said: said["recordings"][2].update(reason="PURGED"), "has no footage_purged to bear out PURGED"),
        (lambda said: said["recordings"][2].update(reason="RELEASED"), "has no original_released"),
        (lambda said: said["recordings"][2].update(reason="NOT_STATED"), "is withheld as not stated, and was"),
        (lambda said: said["recordings"][2].update(reason="WHY"), "has a recording without its values"),
        (lambda said: said["approval"].update(request=0), "request 0 was not approved for it"),
        (lambda said: said["approval"].update(route="PARTY_COPY"), "was for PROVIDE_OUTSIDE"),
        (lambda said: said.update(size=1), "is not the checkpoint that the list names"),
        (lambda said: said["missions"].clear(), "cited by nothing"),
        (lambda said: said.pop("approval"), "is not a list of version 1"),
        (lambda said: said.update(missions=[{"mission": 99, "facts": said["missions"][0]["facts"]}]), "not about it"),
    ],
    ids=[
        "dropped",
        "digest",
        "size",
        "time",
        "given as withheld",
        "mission",
        "not purged",
        "not released",
        "stated",
        "no reason",
        "approval",
        "route",
        "checkpoint",
        "missions",
        "form",
        "another mission",
    ],
)
def test_a_list_that_the_journal_does_not_bear_out_fails(
    made: PackWorld, short: Path, change: Change, problem: str
) -> None:
    assert problem in " ".join(relist(made, short, change))


def withheld(pack: Path) -> dict[str, Any]:
    said = json.loads((pack / "data/list.json").read_bytes())
    one: dict[str, Any] = next(one for one in said["recordings"] if one["reason"])
    return one


def drop_line(table: Path, holding: str) -> None:
    lines = table.read_bytes().splitlines(keepends=True)
    table.write_bytes(b"".join(line for line in lines if holding.encode() not in line))


def test_a_recording_left_out_with_all_its_proofs_is_noticed_in_the_whole_journal(made: PackWorld, pack: Path) -> None:
    """By its proofs alone nobody could tell: that is said plainly where the journal is not in the pack."""
    gone = withheld(pack)
    for n in gone["facts"]:
        (pack / f"data/chain/{n}.tlog-proof").unlink()
    drop_line(pack / "data/list.csv", gone["sha256"])
    for n in gone["facts"]:
        drop_line(pack / "data/chain.csv", f"/{n}.tlog-proof")
    assert "leaves out recording" in " ".join(relist(made, pack, lambda said: said["recordings"].pop()))


def test_a_fact_left_out_of_a_chain_is_noticed_in_the_whole_journal(made: PackWorld, pack: Path) -> None:
    listed = json.loads((pack / "data/list.json").read_bytes())
    receipt = listed["recordings"][0]["facts"][4]
    (pack / f"data/chain/{receipt}.tlog-proof").unlink()
    drop_line(pack / "data/chain.csv", f"/{receipt}.tlog-proof")
    told = " ".join(relist(made, pack, lambda said: said["recordings"][0]["facts"].remove(receipt)))
    assert "receipt.json: is not the one" in told or f"leaves out fact {receipt}" in told


@pytest.mark.parametrize("type_", ["mission_declared", "camera_admitted", "docking_started", "access_approved"])
def test_a_fact_left_out_that_names_no_recording_is_noticed_in_the_whole_journal(pack: Path, type_: str) -> None:
    said = json.loads((pack / "data/list.json").read_bytes())
    told = [line.split(",") for line in (pack / "data/chain.csv").read_text(encoding="utf-8-sig").splitlines()]
    gone = next(int(line[2]) for line in told if line[3] == type_)
    for one in (*said["missions"], *said["recordings"]):
        one["facts"] = [n for n in one["facts"] if n != gone]
    with pytest.raises(UnsoundError) as left_out:
        check_complete(pack / "data/journal", said, {})
    assert f"leaves out fact {gone}, which is about it" in str(left_out.value.findings)


@pytest.mark.parametrize(
    ("name", "old", "new", "problem"),
    [
        ("list.csv", "SECRET", "PURGED", "list.csv: does not say what list.json says"),
        ("list.csv", "是 yes", "否 no", "list.csv: does not say what list.json says"),
        ("list.csv", "是 yes", "是 yes, all", "list.csv: does not say what list.json says"),
        ("list.csv", "涉密标记", "已删除", "list.csv: does not say what list.json says"),
        ("list.csv", "DCIM/", "DCIM_", "list.csv: does not say what list.json says"),
        ("list.csv", "提供 given", "未提供 withheld", "list.csv: does not say what list.json says"),
        ("times.csv", "device_begun", "device_ended", "times.csv: does not say what times.json says"),
        ("times.csv", "2026-11-21 07:", "2020-01-01 07:", "times.csv: does not say what times.json says"),
        ("times.csv", "(UTC+8)", "(UTC)", "times.csv: does not say what times.json says"),
        ("chain.csv", "清单已签名", "清单未签名", "chain.csv: does not say what the proofs say"),
        ("chain.csv", ",head,", ",nobody,", "chain.csv: does not say what the proofs say"),
        ("times.json", '"error_ms":500', '"error_ms":1', "is not what statements and journal give"),
        ("words.json", '"value":"DCIM/', '"value":"DCIM_', "does not open its commitment"),
        ("checkpoint", "\n\n", "\nx\n\n", "checkpoint"),
    ],
)
def test_tables_and_words_that_say_something_else_fail(
    made: PackWorld, short: Path, name: str, old: str, new: str, problem: str
) -> None:
    file = short / "data" / name
    file.write_bytes(file.read_bytes().replace(old.encode(), new.encode(), 1))
    resign(made, short)
    assert problem in " ".join(problems(made, short))


@pytest.mark.parametrize("name", ["list.csv", "times.csv", "chain.csv"])
def test_no_line_is_added_to_a_table_whatever_its_length(made: PackWorld, short: Path, name: str) -> None:
    file = short / "data" / name
    true = file.read_bytes()
    for forged in (true + '999,1,是 yes,,"given, see disc 2",300,abc,2020,x,y,z\r\n'.encode(), b"forged\r\n"):
        file.write_bytes(forged)
        resign(made, short)
        assert f"data/{name}: does not say what" in " ".join(problems(made, short))


def test_the_verifiers_words_are_those_of_the_catalogue_and_of_the_tables() -> None:
    """It shares no code with what packs, so its words are its own."""
    assert {body.type: body.zh for body in CATALOGUE.values()} == NAMES
    assert {reason.value: why for reason, why in REASONS.items()} == WHY


def test_a_proof_of_something_else_fails(made: PackWorld, short: Path) -> None:
    file = short / "data/chain/1.tlog-proof"
    lines = file.read_bytes().split(b"\n")
    lines[3] = lines[4]
    file.write_bytes(b"\n".join(lines))
    resign(made, short)
    assert "do not lead to the checkpoint's root" in " ".join(problems(made, short))


def test_words_about_what_is_withheld_fail(made: PackWorld, short: Path) -> None:
    file = short / "data/words.json"
    words = json.loads(file.read_bytes())
    words[0]["n"] = withheld(short)["recording"]
    file.write_bytes(json.dumps(sorted(words, key=lambda one: one["n"]), separators=(",", ":")).encode())
    resign(made, short)
    assert "belongs to nothing that is given" in " ".join(problems(made, short))


def test_a_pack_closed_by_another_role_does_not_hold(made: PackWorld, pack: Path) -> None:
    other = made.agency.issue(STATION_TLS, "st-1")
    (pack / "signer.pem").write_bytes(other.pem)
    tags = pack / "tagmanifest-sha256.txt"
    tags.write_text(
        tags.read_text().replace(sha256(made.signer.pem).hexdigest(), sha256(other.pem).hexdigest()), encoding="utf-8"
    )
    (pack / "tagmanifest-sha256.txt.sig").write_bytes(other.sign(tags.read_bytes()))
    assert "signer.pem: is not the certificate of a station's evidence key" in problems(made, pack)[0]


def test_a_receipt_of_another_answer_is_not_the_one_that_the_journal_speaks_of(made: PackWorld, short: Path) -> None:
    folder = short / "data/3"
    told = folder.joinpath("receipt.json").read_text(encoding="utf-8").replace("银川中心", "银川中午")
    (folder / "receipt.json").write_text(told, encoding="utf-8")
    (folder / "receipt.sig").write_bytes(made.registry.sign(told.encode()))
    resign(made, short)
    assert "data/3 receipt.json: is not the one that the journal speaks of" in problems(made, short)


def test_stamps_go_along_with_the_authoritys_certificate(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    authority = StampAuthority(tmp_path / "tsa")
    with world_in(tmp_path) as world:
        one = world.record(b"film" * 50)
        world.stamp(one, authority)
        world.seal()
        assert world.export(str(one)) == 0
    pack, anchor = tmp_path / "pack", str(authority.folder / "ca.pem")
    assert (pack / "data/tsa.pem").read_bytes() == authority.ca_pem
    assert main(["verify", str(pack), "--ca", str(tmp_path / "ca.pem")]) == 0
    assert "against the certificate that lies in the pack" in capsys.readouterr().out
    assert main(["verify", str(pack), "--ca", str(tmp_path / "ca.pem"), "--tsa-ca", anchor]) == 0
    said = capsys.readouterr().out
    assert "the authority stamped the statement's signature at" in said
    assert "against the certificate that lies in the pack" not in said
    other = StampAuthority(tmp_path / "other").folder / "ca.pem"
    assert main(["verify", str(pack), "--ca", str(tmp_path / "ca.pem"), "--tsa-ca", str(other)]) == 1
    assert "statement.tsr: is no stamp of that authority" in capsys.readouterr().out


def test_nothing_unsound_is_packed(tmp_path: Path) -> None:
    evidence = make_evidence(tmp_path / "evidence")
    sealer = Sealer(signer_pem=evidence.signer.pem, sign=evidence.signer.sign)
    contents = Contents(evidence=[evidence.folder], ca_pem=evidence.agency.ca_pem)
    with pytest.raises(RefusedError):
        make_pack(tmp_path / "pack", Contents(evidence=[evidence.folder], ca_pem=Agency().ca_pem), sealer, AT_MS)
    (evidence.folder / "original").write_bytes(b"another film")
    with pytest.raises(BrokenCustodyError, match="pack nothing"):
        make_pack(tmp_path / "pack", contents, sealer, AT_MS)
    assert [path for path in tmp_path.iterdir() if "pack" in path.name] == [], "nor is half of it left behind"


def test_a_pack_is_never_made_over_something_or_of_nothing(tmp_path: Path) -> None:
    evidence = make_evidence(tmp_path / "evidence")
    sealer = Sealer(signer_pem=evidence.signer.pem, sign=evidence.signer.sign)
    new, odd = tmp_path / "new", evidence.folder.with_name("..")
    twice = [evidence.folder, evidence.folder]
    for path, folders in ((tmp_path, [evidence.folder]), (new, []), (new, twice), (new, [odd])):
        with pytest.raises(WrongUseError):
            make_pack(path, Contents(evidence=folders, ca_pem=evidence.agency.ca_pem), sealer, AT_MS)
