"""Promise: a court with coreutils and openssl alone checks a whole pack in fifteen lines, and any changed byte fails.

The lines are those that the pack prints, which are those of docs/evidence.md; a forged pack may print any.
"""

import os
import random
import re
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from station.custody import acts
from station.signing.certificates import STATION_EVIDENCE
from station.signing.pack_words import pack_commands
from tests.agency import Agency, Validity
from tests.court import Court
from tests.pack_world import PackWorld, resign, world_in
from tests.stamp_authority import StampAuthority

LINES_MAX = 15
SAMPLE = 400 if os.environ.get("DOCKWARD_HYPOTHESIS") == "soak" else 1


@pytest.fixture(scope="module")
def court(tmp_path_factory: pytest.TempPathFactory) -> Court:
    return Court(tmp_path_factory.mktemp("court") / "root")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PackWorld]:
    with world_in(tmp_path_factory.mktemp("world")) as world:
        one, secret = (world.record(bytes([65 + n]) * 300, f"C-{n}") for n in range(2))
        mission = world.mission(one, secret)
        world.begin(acts.MarkSecret(by="keeper", category="STATE", recordings=(secret,), ground="x"))
        world.stamp(one, StampAuthority(world.folder / "tsa"))
        world.seal()
        assert world.export("--mission", str(mission)) == 0
        yield world


@pytest.fixture
def table(court: Court, made: PackWorld) -> Path:
    """The pack on the court's table; the CA from outside lies beside it."""
    shutil.rmtree(court.table)
    shutil.copytree(made.folder / "pack", court.table / "pack")
    shutil.copy(made.folder / "ca.pem", court.table)
    shutil.copy(made.folder / "tsa.pem", court.table)
    return court.table / "pack"


def printed(pack: Path) -> list[str]:
    """As a person finds them by eye: the lines that are set in, of the English half."""
    half = pack.joinpath("data/README.txt").read_text(encoding="utf-8").split("=" * 78)[1]
    told = half[half.index("2. Checking") : half.index("Type them from")]
    return [line.strip() for line in told.splitlines() if line.startswith("    ") and re.match(r" {4}\S+ ?", line)][2:]


def accepts(court: Court, lines: list[str]) -> bool:
    return court.accepts("cd pack", *lines)


def test_a_whole_pack_is_checked_in_fifteen_lines(court: Court, table: Path) -> None:
    lines = printed(table)
    assert lines == list(pack_commands("st-1", stamped=True))
    assert len(lines) <= LINES_MAX
    done = court.type("set -e\ncd pack\n" + "\n".join(lines))
    assert done.returncode == 0, done
    assert "Verification: OK" in done.stdout + done.stderr, "the time stamp"
    assert "original: OK" in done.stdout


def test_only_coreutils_and_openssl_are_typed(table: Path) -> None:
    for line in printed(table):
        words = re.findall(r"(?:^|\| |\$\(|&& |\|\| |do |\()([a-z0-9]+)", line)
        known = {"openssl", "sha256sum", "cut", "tr", "test", "wc", "ls", "du", "cd", "for", "done", "exit"}
        assert set(words) <= known, line


def test_what_is_withheld_is_listed_for_people(table: Path) -> None:
    told = table.joinpath("data/list.csv").read_text(encoding="utf-8-sig")
    assert "否 no,SECRET,涉密标记 / marked secret" in told


def test_without_a_ca_from_outside_nothing_is_accepted_and_the_pack_says_so(court: Court, table: Path) -> None:
    (court.table / "ca.pem").unlink()
    assert not accepts(court, printed(table))
    for words in ("不得只与本包内的 data/ca.pem 比对", "never only with data/ca.pem in here"):
        assert words in table.joinpath("data/README.txt").read_text(encoding="utf-8")
    (court.table / "ca.pem").write_bytes(Agency().ca_pem)
    assert not accepts(court, printed(table))


def test_any_changed_byte_fails(court: Court, table: Path) -> None:
    lines = printed(table)
    for file in sorted(path for path in table.rglob("*") if path.is_file()):
        true = file.read_bytes()
        for place in random.Random(file.name).sample(range(len(true)), min(SAMPLE, len(true))):
            file.write_bytes(true[:place] + bytes([true[place] ^ (1 << place % 8)]) + true[place + 1 :])
            assert not accepts(court, lines), (file, place)
        file.write_bytes(true)
    assert accepts(court, lines)


def test_a_file_more_or_less_fails(court: Court, table: Path) -> None:
    lines = printed(table)
    for name in ("extra", "data/extra", "data/3/extra"):
        (table / name).write_bytes(b"x")
        assert not accepts(court, lines), name
        (table / name).unlink()
    for name in ("data/3/original", "data/list.csv", "bagit.txt", "tagmanifest-sha256.txt.sig"):
        true = (table / name).read_bytes()
        (table / name).unlink()
        assert not accepts(court, lines), name
        (table / name).write_bytes(true)


def test_no_file_hides_behind_a_folder_that_lies_elsewhere(court: Court, table: Path) -> None:
    """A link counts as one file where links are not followed, and leaves room for as many unlisted ones as it hides."""
    folder, lines = table / "data/3", printed(table)
    hidden = len(list(folder.iterdir()))
    folder.rename(court.table / "elsewhere")
    folder.symlink_to("../../elsewhere")
    assert hidden > 1
    for place in range(hidden - 1):
        (table / "data/chain" / f"unlisted-{place}").write_bytes(b"x")
    assert not accepts(court, lines)


def test_nothing_can_be_appended_to_the_seal(court: Court, table: Path, made: PackWorld) -> None:
    """Openssl reads 72 bytes of a signature and no more."""
    seal = (table / "tagmanifest-sha256.txt").read_bytes()
    full = next(one for one in iter(lambda: made.signer.sign(seal), b"") if len(one) == 72)
    for appended, accepted in ((b"", True), (b"\n", False)):
        (table / "tagmanifest-sha256.txt.sig").write_bytes(full + appended)
        assert accepts(court, printed(table)) is accepted


def test_a_statement_or_stamp_of_another_recording_fails_even_closed_anew(
    court: Court, table: Path, made: PackWorld
) -> None:
    """Whoever has the station's key today cannot make it yesterday's: each statement is checked by itself."""
    for name in ("original", "statement.json", "statement.sig", "statement.tsr"):
        true = (table / "data/3" / name).read_bytes()
        (table / "data/3" / name).write_bytes(true[:-1] + bytes([true[-1] ^ 1]))
        resign(made, table)
        assert not accepts(court, printed(table)), name
        (table / "data/3" / name).write_bytes(true)
    resign(made, table)
    assert accepts(court, printed(table))


def test_after_the_certificate_has_expired_the_line_printed_for_it_holds(court: Court, tmp_path: Path) -> None:
    begins, ends = (datetime(year, 1, 1, tzinfo=UTC) for year in (2021, 2022))
    agency = Agency()
    expired = agency.issue(STATION_EVIDENCE, "st-1", validity=Validity(begins, ends))
    with world_in(tmp_path, agency) as world:
        world.signer = expired
        one = world.record(b"film" * 50)
        world.seal()
        assert world.export(str(one)) == 0
    told = (tmp_path / "pack/data/README.txt").read_text(encoding="utf-8")
    (late,) = re.findall(r"the second command is: (openssl .*)", told)
    shutil.rmtree(court.table)
    shutil.copytree(tmp_path / "pack", court.table / "pack")
    shutil.copy(tmp_path / "ca.pem", court.table)
    lines = printed(court.table / "pack")
    assert not court.accepts("cd pack", lines[1])
    assert court.accepts("cd pack", late)


def test_the_lines_are_those_of_the_public_documentation() -> None:
    public = Path(__file__).parent.parent.joinpath("docs/evidence.md").read_text(encoding="utf-8")
    assert "".join(f"    {one}\n" for one in pack_commands("STATION", stamped=True)) in public
