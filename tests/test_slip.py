"""Promise: a slip holds the station to its journal: the entry it names is under the root it names, or it is forged."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from station.custody import observations as seen
from station.custody.facts_of_the_desk import HandoverSigned
from station.desk.bringing_back import BringingBack, BroughtBack, bring_back
from station.desk.slip import SHORT_ROOT_DIGITS
from station.journal.entries import read_entry
from station.journal.sqlite_log import SqliteLog, connect_to_read
from station.journal.tree import Tree, leaf_hash
from station.store.handovers import Handovers
from tests.docked_station import CAMERA, DockedStation
from tests.stations import ORIGIN


@pytest.fixture
def station(tmp_path: Path) -> Iterator[DockedStation]:
    station = DockedStation(tmp_path)
    yield station
    station.close()


def tapped(station: DockedStation) -> BroughtBack:
    root_at = Handovers(station.journal).root_at
    return bring_back(BringingBack(station.tell, station.state, station.clerk.policy, ORIGIN, root_at), "o1", "1")


def entries(station: DockedStation) -> list[bytes]:
    connection = connect_to_read(station.journal)
    try:
        return list(SqliteLog(connection).entries())
    finally:
        connection.close()


def short_root(some: list[bytes]) -> str:
    tree = Tree()
    for entry in some:
        tree, _ = tree.append(leaf_hash(entry))
    return tree.root.hex()[:SHORT_ROOT_DIGITS]


def test_the_short_root_is_that_of_the_journal_which_ends_with_the_signature(station: DockedStation) -> None:
    station.put_and_identify()
    slip = tapped(station).slip
    journal = entries(station)
    assert isinstance(read_entry(journal[slip.index]).body, HandoverSigned)
    assert slip.short_root == short_root(journal[: slip.index + 1])
    forged = journal[: slip.index]
    assert slip.short_root != short_root(forged)
    assert slip.short_root != short_root([*forged, b"another"])


def test_the_slip_is_the_same_whenever_it_is_asked_for(station: DockedStation) -> None:
    station.put_and_identify()
    first = tapped(station).slip
    station.tell(seen.CameraListed(docking=station.docking().number, listings=frozenset()))
    station.clock.advance(3_600_000)
    assert tapped(station).slip == first


def test_the_slip_says_where_and_when_in_both_languages_and_names_nobody(station: DockedStation) -> None:
    station.put_and_identify()
    slip = tapped(station).slip
    shown = " ".join(slip.short_root[place : place + 4] for place in (0, 4, 8, 12))
    assert slip.zh == (
        "执法记录仪归仓凭条",
        "采集站 t-01 · 1号仓",
        f"机号 {CAMERA}",
        "时间 2026-11-21 08:00:00（北京时间）",
        f"日志链序号 {slip.index}",
        f"短根 {shown}",
    )
    assert len(slip.en) == len(slip.zh)
    assert slip.qr == f"dockward-slip:1:{ORIGIN}:{slip.index}:{slip.short_root}"
    assert "o1" not in repr(slip)


def test_a_camera_nobody_knows_yet_has_no_number_on_it(station: DockedStation) -> None:
    station.put()
    slip = tapped(station).slip
    assert slip.zh[2] == "机号 待识别"
    assert slip.en[2] == "Camera not known yet"
