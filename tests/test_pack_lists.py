"""Promise: a pack lists every recording of its missions, given or withheld and why; others' matters stay out of it."""

import contextlib
import csv
import json
import os
import random
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import dockward.pack_reading
from dockward import pack_verifier_tables as check_tables
from dockward import verifier
from dockward.__main__ import main
from dockward.pack_reading import Asked, read_material
from dockward.pack_verifier import check_list, read_list
from dockward.pack_verifier_facts import fact_of
from dockward.pack_verifier_tables import check_chain, check_readable
from dockward.pack_verifier_whole import check_none_left_out
from dockward.paper_verifier import Paper
from station.custody import acts
from station.custody import observations as seen
from station.custody.hold import HoldKind
from station.custody.media_times import Media
from station.journal.sqlite_log import SqliteLog, connect_to_read
from station.policy.permits import Act
from station.signing.pack_list import (
    REASONS,
    Known,
    MediaTimes,
    Reason,
    canonical,
    chain_csv,
    list_csv,
    times_of,
    withheld_because,
)
from station.signing.statements import StatedMedia, Statement
from tests.agency import AT_MS
from tests.histories import World
from tests.pack_world import AHEAD_MS, BEGUN_MS, DAY_MS, ERROR_MS, PackWorld, world_in
from tests.people_histories import play_people
from tests.plain_policy import PlainPolicy
from tests.stations import ClerkStation, seeded_keys, signed_head

SOAK = os.environ.get("DOCKWARD_HYPOTHESIS") == "soak"
FILMS = [bytes([65 + place]) * 40 for place in range(6)]


@pytest.fixture
def world(tmp_path: Path) -> Iterator[PackWorld]:
    with world_in(tmp_path) as made:
        yield made


def listed(world: PackWorld, out: str = "pack") -> dict[str, Any]:
    said: dict[str, Any] = json.loads((world.folder / out / "data/list.json").read_bytes())
    return said


def reasons(world: PackWorld, out: str = "pack") -> dict[int, str | None]:
    return {one["recording"]: one["reason"] for one in listed(world, out)["recordings"]}


def rows(world: PackWorld, name: str) -> list[list[str]]:
    return list(csv.reader((world.folder / "pack/data" / name).read_text(encoding="utf-8-sig").splitlines()))[1:]


def facts(world: PackWorld, out: str = "pack") -> set[int]:
    return {int(file.name.split(".")[0]) for file in (world.folder / out / "data/chain").iterdir()}


def test_every_recording_of_a_mission_is_listed_with_its_digest_and_why_it_is_not_given(world: PackWorld) -> None:
    given_, secret, unstated, taken, purged, other = (
        world.record(film, f"C-{place}", stated=place != 2, cleared=place == 4) for place, film in enumerate(FILMS)
    )
    mission = world.mission(given_, secret, unstated, taken, purged)
    world.begin(acts.MarkSecret(by="keeper", category="STATE", recordings=(secret,), ground="x"))
    world.begin(acts.PlaceRecording(by="keeper", recording=taken, mission=None, reason="误归"))
    world.purge(purged)
    world.seal()
    assert world.export("--mission", str(mission)) == 0
    assert reasons(world) == {
        given_: None,
        secret: "SECRET",
        unstated: "NOT_STATED",
        taken: "TAKEN_OUT",
        purged: "PURGED",
    }
    assert {one["sha256"] for one in listed(world)["recordings"]} == {row[6] for row in rows(world, "list.csv")}
    assert [row[3] for row in rows(world, "list.csv")] == ["", "SECRET", "NOT_STATED", "TAKEN_OUT", "PURGED"]
    assert rows(world, "list.csv")[1][4] == REASONS[Reason.SECRET]
    assert sorted(path.name for path in (world.folder / "pack/data").iterdir() if path.is_dir()) == ["3", "chain"]
    words = (world.folder / "pack/data/README.txt").read_text(encoding="utf-8")
    assert "提供 1 份，未提供 4 份" in words
    assert "1 given, 4 withheld" in words
    assert other not in reasons(world)
    assert main(["verify", str(world.folder / "pack"), "--ca", str(world.folder / "ca.pem")]) == 0


def test_a_mark_on_a_mission_withholds_all_of_it(world: PackWorld, capsys: pytest.CaptureFixture[str]) -> None:
    marked, free = world.record(FILMS[0]), world.record(FILMS[1], "C-2")
    secret, open_ = world.mission(marked), world.mission(free)
    mark = world.begin(acts.MarkSecret(by="keeper", category="STATE", mission=secret, ground="x"))
    world.seal()
    assert world.export("--mission", str(secret), "--mission", str(open_)) == 0
    assert reasons(world) == {marked: "SECRET", free: None}
    assert mark in facts(world)
    assert main(["verify", str(world.folder / "pack"), "--ca", str(world.folder / "ca.pem")]) == 0
    assert world.export("--mission", str(secret), out="none") == 2
    assert f"nothing of it may be given ({marked} SECRET)" in capsys.readouterr().err
    world.begin(acts.LiftSecrecy(by="head", secrecy=mark, ground="y"))
    world.seal()
    assert world.export("--mission", str(secret), out="lifted") == 0
    assert reasons(world, "lifted") == {marked: None}
    assert main(["verify", str(world.folder / "lifted"), "--ca", str(world.folder / "ca.pem")]) == 0


def test_an_original_that_left_the_stations_disk_is_listed_as_the_registrys(world: PackWorld) -> None:
    one, gone = world.record(FILMS[0]), world.record(FILMS[1], "C-2", cleared=True)
    mission = world.mission(one, gone)
    world.later(3 * DAY_MS)
    world.begin(acts.OriginalProvedAnew(recording=gone, receipt_sha256="a" * 64, keep_days=1))
    shutil.rmtree(world.data / "evidence" / str(gone))
    world.seal()
    assert world.export("--mission", str(mission)) == 0
    assert reasons(world) == {one: None, gone: "RELEASED"}
    assert main(["verify", str(world.folder / "pack"), "--ca", str(world.folder / "ca.pem")]) == 0


def test_a_disputed_history_is_told_of(world: PackWorld, capsys: pytest.CaptureFixture[str]) -> None:
    one = world.record(FILMS[0])
    told = world.begin(seen.HistoryContradicted(why="FORKED", size=5, root="r" * 44))
    world.seal()
    assert world.export(str(one)) == 0
    assert listed(world)["disputes"] == [told]
    assert "The journal is disputed" in (world.folder / "pack/data/README.txt").read_text(encoding="utf-8")
    assert main(["verify", str(world.folder / "pack")]) == 0
    assert "also signed another history" in capsys.readouterr().out


def test_recordings_asked_for_bring_their_missions_and_no_more(world: PackWorld) -> None:
    one, two, alone, foreign = (world.record(film, f"C-{place}") for place, film in enumerate(FILMS[:4]))
    world.mission(one, two)
    world.mission(foreign)
    world.seal()
    assert world.export(str(one), str(alone)) == 0
    assert reasons(world) == {one: None, two: "NOT_ASKED_FOR", alone: None}
    (told,) = (row["facts"] for row in listed(world)["recordings"] if row["recording"] == two)
    kinds = {row[3] for row in rows(world, "chain.csv") if row[0] == str(two)}
    assert kinds == {"recording_held", "statement_signed", "recording_placed"}
    assert facts(world) >= set(told)
    assert not {two - 2, two - 1, two + 2, foreign} & facts(world), "its docking, its camera, its receipt"


def test_an_approved_request_decides_what_is_given_and_the_pack_names_it(world: PackWorld) -> None:
    one, two = (world.record(film, f"C-{place}") for place, film in enumerate(FILMS[:2]))
    mission, request = world.mission(one, two), world.approve(one)
    world.seal()
    assert world.export("--mission", str(mission), "--request", str(request)) == 0
    assert reasons(world) == {one: None, two: "NOT_APPROVED"}
    assert listed(world)["approval"]["request"] == request
    assert listed(world)["approval"]["approved_by"] == "head"
    assert {request, request + 1} <= facts(world)
    words = (world.folder / "pack/data/README.txt").read_text(encoding="utf-8")
    assert f"under the approval of access request {request} (" in words
    assert world.export("--request", str(request), out="alone") == 0
    assert reasons(world, "alone") == {one: None, two: "NOT_APPROVED"}


def verified(world: PackWorld, pack: str = "pack") -> bool:
    return main(["verify", str(world.folder / pack), "--ca", str(world.folder / "ca.pem")]) == 0


def test_an_approval_of_a_mission_gives_what_it_has_by_now(world: PackWorld) -> None:
    """Later clips too; none that left it, none of another department, none that is marked secret."""
    world.rolled(C_0="u1", C_1="u1", C_2="u1", C_3="u2", C_4="u1")
    one, later, left, theirs, secret = (world.record(film, f"C-{n}") for n, film in enumerate(FILMS[:5]))
    mission = world.mission(one, left, secret)
    request = world.approve(mission=mission)
    for clip in (later, theirs):
        world.begin(acts.PlaceRecording(by="officer-1", recording=clip, mission=mission))
    world.begin(acts.PlaceRecording(by="officer-1", recording=left, mission=None, reason="归错"))
    world.begin(acts.MarkSecret(by="keeper", category="STATE", recordings=(secret,), ground="x"))
    world.seal()
    whole = {one: None, later: None, left: "TAKEN_OUT", theirs: "NOT_APPROVED", secret: "SECRET"}
    for place, words in enumerate([(), ("--journal",), ("--mission", str(mission))]):
        assert world.export("--request", str(request), *words, out=f"pack-{place}") == 0
        assert reasons(world, f"pack-{place}") == whole
        assert {request, request + 1} <= facts(world, f"pack-{place}")
        assert verified(world, f"pack-{place}")


def test_an_approval_of_a_mission_gives_nothing_of_another_and_such_a_pack_does_not_hold(
    world: PackWorld, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    world.rolled(C_0="u1", C_1="u1")
    one, other = (world.record(film, f"C-{n}") for n, film in enumerate(FILMS[:2]))
    request, foreign = world.approve(one, mission=world.mission()), world.mission(other)
    world.seal()
    assert world.export("--mission", str(foreign), "--request", str(request), out="none") == 2
    assert "NOT_APPROVED" in capsys.readouterr().err
    monkeypatch.setattr(dockward.pack_reading, "approved_for", lambda *_: True)
    assert world.export("--mission", str(foreign), "--request", str(request)) == 0
    assert not verified(world)
    assert f"request {request} was not approved for it" in capsys.readouterr().out


def test_who_owns_a_clip_is_asked_only_where_a_mission_was_approved(world: PackWorld) -> None:
    """A station whose rolls are broken still gives what an approval names."""
    one = world.record(FILMS[0])
    request = world.approve(one)
    world.rolled(C_1="u1")
    (world.folder / "officers.csv").unlink()
    world.seal()
    assert world.export("--request", str(request)) == 0
    assert reasons(world) == {one: None}


def test_a_request_that_is_not_approved_or_ran_out_gives_nothing(
    world: PackWorld, capsys: pytest.CaptureFixture[str]
) -> None:
    one = world.record(FILMS[0])
    asked = world.begin(acts.AskAccess(by="o", route=Act.PARTY_COPY, recordings=(one,), purpose="x"))
    past = world.approve(one, until_ms=AT_MS - 400 * DAY_MS)
    world.seal()
    for request in (asked, past):
        assert world.export("--request", str(request), out="none") == 2
        assert f"request {request} is not approved" in capsys.readouterr().err
    assert not (world.folder / "none").exists()


@pytest.mark.parametrize("route", [Act.PARTY_VIEW, Act.VIEW_INTERNAL, Act.OVERSEE, Act.REVIEW_LEGALLY])
def test_an_approval_to_look_gives_no_copy(world: PackWorld, route: Act, capsys: pytest.CaptureFixture[str]) -> None:
    one = world.record(FILMS[0])
    asked = world.begin(acts.AskAccess(by="o", route=route, recordings=(one,), purpose="x"))
    world.begin(acts.ApproveAccess(by="head", request=asked, valid_until_ms=AT_MS + 400 * DAY_MS))
    world.seal()
    assert world.export("--request", str(asked), out="none") == 2
    assert f"request {asked} was approved to look only" in capsys.readouterr().err
    assert not (world.folder / "none").exists()


def test_a_pack_made_all_the_same_by_an_approval_to_look_does_not_hold(
    world: PackWorld, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    one = world.record(FILMS[0])
    asked = world.begin(acts.AskAccess(by="o", route=Act.PARTY_VIEW, recordings=(one,), purpose="x"))
    world.begin(acts.ApproveAccess(by="head", request=asked, valid_until_ms=AT_MS + 400 * DAY_MS))
    world.seal()
    monkeypatch.setattr(dockward.pack_reading, "_COPYING", {Act.PARTY_VIEW})
    assert world.export("--request", str(asked)) == 0
    assert main(["verify", str(world.folder / "pack"), "--ca", str(world.folder / "ca.pem")]) == 1
    assert f"request {asked} (PARTY_VIEW) was to look only" in capsys.readouterr().out


def test_without_a_request_the_pack_says_that_none_was_named(world: PackWorld) -> None:
    one = world.record(FILMS[0])
    world.seal()
    world.export(str(one))
    assert listed(world)["approval"] is None
    words = (world.folder / "pack/data/README.txt").read_text(encoding="utf-8")
    assert "No approval is named" in words
    assert "未引用任何调阅批准" in words


def test_the_chain_has_what_the_journal_says_of_what_is_given_and_nothing_of_others(world: PackWorld) -> None:
    one = world.record(FILMS[0])
    other = world.record(FILMS[1], "C-2")
    mission = world.mission(one)
    foreign = world.mission(other)
    hold = world.begin(acts.PlaceHold(by="keeper", kind=HoldKind.CASE, recordings=(one,), ground="案"))
    world.begin(acts.LiftHold(by="keeper", hold=hold, ground="结案"))
    mark = world.begin(acts.MarkSecret(by="keeper", category="STATE", recordings=(other,), ground="x"))
    world.seal()
    assert world.export(str(one)) == 0
    kinds = [(row[0], row[3]) for row in rows(world, "chain.csv")]
    for kind in ("docking_started", "camera_admitted", "recording_held", "statement_signed", "receipt_accepted"):
        assert (str(one), kind) in kinds
    assert {(str(one), "hold_placed"), (str(one), "hold_lifted")} <= set(kinds)
    assert ("", "mission_declared") in kinds
    assert {0, one, mission, hold, hold + 1} <= facts(world)
    assert not {other, foreign, mark} & facts(world)


def test_private_words_leave_of_what_is_given_alone(world: PackWorld) -> None:
    one, two = world.record(FILMS[0], name="GIVEN.MP4"), world.record(FILMS[1], "C-2", name="WITHHELD.MP4")
    world.mission(one, two)
    world.seal()
    assert world.export(str(one), "--journal") == 0
    words = json.loads((world.folder / "pack/data/words.json").read_bytes())
    assert [(word["n"], word["value"]) for word in words] == [(one, "GIVEN.MP4")]
    for file in (path for path in (world.folder / "pack").rglob("*") if path.is_file()):
        for word in ("WITHHELD.MP4", "张三"):
            assert word.encode() not in file.read_bytes(), file


def test_what_nobody_signed_for_yet_is_not_packed(world: PackWorld, capsys: pytest.CaptureFixture[str]) -> None:
    one = world.record(FILMS[0])
    assert world.export(str(one)) == 1
    assert "has not signed for fact" in capsys.readouterr().err
    world.seal(cosigned=False)
    assert world.export(str(one)) == 0
    assert listed(world)["witnessed"] is False
    assert "is not witnessed yet" in (world.folder / "pack/data/README.txt").read_text(encoding="utf-8")


def test_the_newest_cosigned_checkpoint_is_taken_where_it_covers_everything(world: PackWorld) -> None:
    one = world.record(FILMS[0])
    world.seal()
    world.station.live(2)
    world.seal(cosigned=False)
    assert world.export(str(one)) == 0
    assert listed(world)["witnessed"] is True
    assert listed(world)["size"] < world.station.size


def test_what_is_not_there_is_said(world: PackWorld, capsys: pytest.CaptureFixture[str]) -> None:
    one = world.record(FILMS[0])
    world.seal()
    for words, said in (
        (("99",), "no recording 99"),
        (("--mission", str(one)), f"no mission {one}"),
        (("--request", "99"), "no accessrequest 99"),
        ((), "nothing to pack"),
    ):
        assert world.export(*words, out="none") == 2
        assert said in capsys.readouterr().err


def test_times_are_corrected_by_the_cameras_offset_and_the_medias_go_along(world: PackWorld) -> None:
    media = Media(container="MP4", written_ms=BEGUN_MS + 1_000, length_ms=59_000)
    one = world.record(FILMS[0], media=media)
    world.seal()
    assert world.export(str(one)) == 0
    told = [(row[1], int(row[3]), int(row[4]), int(row[5])) for row in rows(world, "times.csv")]
    assert told[0] == ("device_begun", BEGUN_MS, BEGUN_MS - AHEAD_MS, ERROR_MS)
    assert told[1] == ("device_ended", BEGUN_MS + 60_000, BEGUN_MS + 60_000 - AHEAD_MS, ERROR_MS)
    assert [row[0] for row in told[2:]] == ["media_begun", "media_ended"]
    assert told[3][1] - told[2][1] == 59_000
    assert rows(world, "times.csv")[0][6:] == ["2026-11-21 07:00:00.000", "2026-11-21 06:58:30.000"]


@given(ahead=st.none() | st.integers(-(10**12), 10**12), begun=st.none() | st.integers(-(10**15), 10**15))
def test_an_unknown_clock_corrects_nothing(ahead: int | None, begun: int | None) -> None:
    said = msgspec.structs.replace(
        STATEMENT, clock_ahead_ms=ahead, clock_error_ms=None if ahead is None else 7, begun_device_ms=begun
    )
    table = times_of(said, MediaTimes())
    for row in table.rows:
        known = ahead is not None
        assert (row.corrected_ms, row.error_ms) == ((row.picture_ms - (ahead or 0), 7) if known else (None, None))
    assert ("device_begun" in {row.point for row in table.rows}) is (begun is not None)


def test_a_time_in_the_file_that_disagrees_with_the_cameras_list_is_not_corrected(world: PackWorld) -> None:
    """Whether it is local, the film's end, or wrong, nobody knows: a court is given it as it is written."""
    media = Media(container="MP4", written_ms=BEGUN_MS + 20 * 3_600_000, length_ms=60_000)
    one = world.record(FILMS[0], media=media)
    world.seal()
    assert world.export(str(one)) == 0
    told = {row[1]: row[3:6] for row in rows(world, "times.csv")}
    assert told["device_begun"] == [str(BEGUN_MS), str(BEGUN_MS - AHEAD_MS), str(ERROR_MS)]
    assert told["media_begun"] == [str(BEGUN_MS + 20 * 3_600_000), "", ""]
    assert told["media_ended"] == [str(BEGUN_MS + 20 * 3_600_000 + 60_000), "", ""]
    assert main(["verify", str(world.folder / "pack"), "--ca", str(world.folder / "ca.pem")]) == 0


device_times = st.none() | st.integers(0, 10)


@given(
    begun=device_times,
    ended=device_times,
    notes=st.sampled_from([(), ("FILE_TIME_DISAGREES",), ("MEDIA_TIME_LOCAL",)]),
    looked_into=st.booleans(),
)
@example(begun=0, ended=1, notes=("FILE_TIME_DISAGREES",), looked_into=True)
def test_the_files_times_are_corrected_only_where_listed_times_bear_them_out_and_the_check_says_the_same(
    begun: int | None,
    ended: int | None,
    notes: tuple[str, ...],
    looked_into: bool,  # noqa: FBT001 - drawn
) -> None:
    stated = StatedMedia(container="MP4", begun_device_ms=5, length_ms=2, notes=notes) if looked_into else msgspec.UNSET
    said = msgspec.structs.replace(
        STATEMENT, clock_ahead_ms=3, clock_error_ms=7, begun_device_ms=begun, ended_device_ms=ended, media=stated
    )
    table = times_of(said, MediaTimes(begun_ms=5, length_ms=2))
    compared = begun is not None and ended is not None and begun <= ended
    borne_out = compared and (not looked_into or "FILE_TIME_DISAGREES" not in notes)
    for row in table.rows:
        known = borne_out or row.point.startswith("device")
        assert (row.corrected_ms, row.error_ms) == ((row.picture_ms - 3, 7) if known else (None, None))
    paper = Paper("statement", msgspec.json.decode(msgspec.json.encode(said)), b"")
    assert check_tables.times_of(paper, (5, 7)) == json.loads(canonical(table))


flags = st.booleans()


@given(
    st.builds(Known, recording=st.just(1), purged=flags, taken_out=flags, stated=flags, released=flags, secret=flags)
)
def test_nothing_is_given_that_is_gone_secret_or_beyond_the_approval(known: Known) -> None:
    asked = frozenset({1})
    given_ = withheld_because(known, asked, None) is None
    assert given_ is (known.stated and not (known.purged or known.released or known.secret))
    assert withheld_because(known, asked, frozenset()) is not None
    assert withheld_because(known, frozenset(), None) is not None
    assert (withheld_because(known, asked, asked) is None) is given_


def test_no_name_of_a_file_or_person_is_a_formula_for_a_spreadsheet(world: PackWorld) -> None:
    one = world.record(FILMS[0], name="+1-2.MP4")
    world.seal()
    assert world.export(str(one)) == 0
    assert rows(world, "list.csv")[0][8] == "%2B1-2.MP4"
    for file in (world.folder / "pack/data").glob("*.csv"):
        assert file.read_bytes().startswith(b"\xef\xbb\xbf")


STATEMENT = Statement(
    station="st-1",
    origin="o",
    recording=1,
    held_at="2026-11-21T00:00:00.000Z",
    clock="synchronised",
    bay="1",
    docking=0,
    camera=None,
    model=None,
    clock_ahead_ms=None,
    clock_error_ms=None,
    loan=None,
    officer=None,
    unattributed=None,
    original_name="A",
    size_bytes=0,
    sha256="0" * 64,
    part_bytes=1,
    parts=(),
    begun_device_ms=None,
    ended_device_ms=5,
    checks=(),
    policy="p@1",
    ca_fingerprint=":".join(["AA"] * 32),
    files=("", ""),
    commands=(),
    proved=(),
    not_proved=(),
)


@pytest.mark.parametrize("seed", range(100) if SOAK else [4, 7])
def test_whatever_a_station_lived_through_its_list_is_borne_out_by_its_proofs(tmp_path: Path, seed: int) -> None:
    """Missions, holds, marks, requests, purges, releases and attributions as a random history has them."""
    station = ClerkStation(tmp_path, PlainPolicy())
    world = World(random.Random(seed), station.tell, station.set_roster, station.boot_again)
    for _ in play_people(world, 600):
        pass
    keys = seeded_keys()
    station.clerk._keep_checkpoint(signed_head(station.clerk, keys), keys.log_key, ())
    station.clerk.close()
    with contextlib.closing(connect_to_read(tmp_path / "journal.sqlite")) as connection:
        numbers = [number for (number,) in connection.execute("SELECT number FROM recordings")]
        missions = [number for (number,) in connection.execute("SELECT number FROM missions")]
        material = read_material(connection, "t-01", Asked(recordings=numbers, missions=missions), AT_MS, PlainPolicy)
        again = read_material(connection, "t-01", Asked(recordings=numbers[:1]), AT_MS, PlainPolicy)
        entries = SqliteLog(connection).entries()
        whole = [fact_of(entry, n, "t-01") for n, entry in enumerate(entries)]
    assert {line.type for line in material.lines} >= {"recording_held", "recording_placed"}
    for made in (material, again):
        proved = {n: fact_of(verifier.parse_proof(proof)[0] or b"", n, "t-01") for n, proof in made.proofs.items()}
        told = read_list(canonical(made.listed))
        check_list(told, proved, dict.fromkeys(made.given, Paper("statement", {}, b"")))
        check_readable(told, {}, list_csv(made.listed, {}))
        check_chain(told, proved, chain_csv(made.lines))
        check_none_left_out(told, whole)
