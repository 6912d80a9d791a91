"""Promise: what the roll keeps of a badge and a PIN is made by a command that shows and repeats neither."""

import json
import stat
from pathlib import Path

import pytest

from dockward import provision_badge
from dockward.__main__ import main
from hardware.badges.cards import Badge
from hardware.simulated.badges import SimulatedReader
from hardware.simulated.dock import Dock
from hardware.simulated.dock_reader import DockReader, lay_badges
from station.pages.pins import Pin, fits
from station.policy.rolls import Credentials
from station.policy.rolls_csv import read_rolls
from station.signing.badge_key import read_badge_key
from tests.badge_bench import ADA, BOB
from tests.test_badge_setup import CAMERAS, roll


@pytest.fixture
def key(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    assert main(["provision", "badge-key", "--out", str(tmp_path / "badges")]) == 0
    assert "badge_key under [policy]" in capsys.readouterr().out
    return tmp_path / "badges/badge.key"


def typing(monkeypatch: pytest.MonkeyPatch, *typed: str) -> list[str]:
    """What is typed without echo; the questions asked."""
    answers, asked = list(typed), list[str]()

    def answer(question: str = "") -> str:
        asked.append(question)
        return answers.pop(0)

    monkeypatch.setattr("getpass.getpass", answer)
    return asked


def test_a_key_is_made_once_and_for_its_owner_s_eyes(key: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert stat.S_IMODE(key.parent.stat().st_mode) == 0o700
    secret = read_badge_key(key).secret
    assert main(["provision", "badge-key", "--out", str(key.parent)]) == 2
    assert read_badge_key(key).secret == secret
    assert secret.hex() not in "".join(capsys.readouterr())


def test_a_typed_badge_and_pin_become_two_cells_of_the_roll(
    key: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    pin = "730164820517"
    asked = typing(monkeypatch, ADA.number.lower(), pin, pin)
    assert main(["provision", "badge", "--key", str(key), "--json"]) == 0
    said = "".join(capsys.readouterr())
    made, badge_key = json.loads(said), read_badge_key(key)
    assert made["badge"] == badge_key.digest(ADA.number)
    assert fits(made["pin"], Pin(pin), badge_key.pin_key)
    assert len(asked) == 3
    for secret in (ADA.number, ADA.number.lower(), pin, badge_key.secret.hex()):
        assert secret not in said
    (officer,) = read_rolls(roll(("o1", made["badge"], made["pin"])), CAMERAS).officers.values()
    assert officer.credentials == Credentials(made["badge"], made["pin"])


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        (("0C000621A5", "482915", "482916"), "not the same"),
        (("0C000621A5", "48291", "48291"), "6 to 12 digits"),
        (("0C000621A5", "123456", "123456"), "no run of digits"),
        (("0006547886X",), "ten hex digits"),
    ],
)
def test_what_does_not_do_is_said_and_not_repeated(
    key: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    typed: tuple[str, ...],
    said: str,
) -> None:
    typing(monkeypatch, *typed)
    assert main(["provision", "badge", "--key", str(key)]) != 0
    shown = "".join(capsys.readouterr())
    assert said in shown
    for secret in typed:
        assert secret not in shown


@pytest.mark.parametrize("cards", [(ADA,), (ADA, BOB)])
def test_a_badge_is_read_from_a_reader_where_it_lies_alone(
    key: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, cards: tuple[Badge, ...]
) -> None:
    typing(monkeypatch, "482915", "482915")
    dock = Dock(key.parent / "dock")
    lay_badges(dock, *(int(card.number, 16) for card in cards))
    with DockReader(dock, "em4100") as reader:
        code = main(["provision", "badge", "--key", str(key), "--reader", reader.url])
    said = "".join(capsys.readouterr())
    assert ADA.number not in said
    if len(cards) == 1:
        assert code == 0
        assert f"badge: {read_badge_key(key).digest(ADA.number)}\n" in said
    else:
        assert code != 0
        assert "lay one alone" in said


def test_a_reader_that_hears_nothing_or_is_not_there_is_said(
    key: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(provision_badge, "PATIENCE_MS", 1)
    with SimulatedReader() as reader:
        assert main(["provision", "badge", "--key", str(key), "--reader", reader.url]) == 1
    assert "no badge was read" in capsys.readouterr().err
    assert main(["provision", "badge", "--key", str(key), "--reader", "/dev/ttyNOTHERE"]) == 1
    assert "check its cable" in capsys.readouterr().err
