"""Promise: only whoever has an account, its password and a place in the roll is signed in, and for no longer."""

import json
import stat
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from argon2 import PasswordHasher
from hypothesis import given
from hypothesis import strategies as st

from dockward.__main__ import main
from provisioning.accounts import disable_account, give_account
from station.desk.visitors_here import LOCK_OUT
from station.errors import RefusedError, WrongUseError
from station.pages import visitors
from station.pages.accounts import NAME as FILE
from station.pages.accounts import Account, AccountsFile, AccountsLostError, NoAccountError
from station.pages.csrf import FIELD, from_our_page, is_ours, read_form, token
from station.pages.passwords import LONGEST, SHORTEST, Password, UnfitPasswordError, fits, keep
from station.pages.sessions import COOKIE, IDLE_MS, LONGEST_MS, SESSIONS_MAX, Holder, Sessions
from station.policy.permits import ClearingDemand
from tests.desk_bench import KEPT, NAME, PASSWORD, PERSON, WRONG, DeskBench
from tests.plain_policy import PlainPolicy
from tests.stations import START
from tests.test_station_config import WHOLE, written

SECOND, HOLDER = 1_000, Holder(NAME, "tag")
POLICY = PlainPolicy(clearing=ClearingDemand(1, custodian_release=True), custodians=frozenset({PERSON}))


class PlugPulledError(Exception):
    """In the middle of something."""


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[DeskBench]:
    bench = DeskBench(tmp_path, POLICY)
    yield bench
    bench.station.close()


def test_name_and_password_sign_in_and_everything_else_is_refused_alike(bench: DeskBench) -> None:
    signed_in = bench.sign_in()
    assert (signed_in.status_code, signed_in.headers["location"]) == (303, "/desk")
    cookie = signed_in.headers["set-cookie"]
    assert cookie.startswith(f"{COOKIE}=")
    assert {"HttpOnly", "Path=/", "SameSite=strict", "Secure"} == {part.strip() for part in cookie.split(";")[1:]}
    page = bench.ask("GET", "/desk", None, cookie.split(";")[0])
    assert page.status_code == 200
    assert "管理人员 / custodian" in page.text
    refused = [bench.sign_in(WRONG), bench.sign_in(name="nobody")]
    del bench.people[PERSON]
    refused.append(bench.sign_in())
    bench.has("custodian")
    bench.accounts.change(NAME, lambda one: msgspec.structs.replace(one or account(), disabled=True))
    refused.append(bench.sign_in())
    assert {answer.status_code for answer in refused} == {403}
    alerts = {answer.text.split('role="alert"')[1].split("</p>")[0] for answer in refused}
    assert len(alerts) == 1
    assert "账号或密码不对" in alerts.pop()
    assert all(PASSWORD.typed not in answer.text for answer in refused)
    assert all(f"{COOKIE}=" not in answer.headers["set-cookie"] for answer in refused)


def account(**changed: object) -> Account:
    return msgspec.structs.replace(Account(NAME, PERSON, KEPT, given=False), **changed)


def test_whoever_guesses_is_told_how_long_to_wait_and_a_badge_is_not(
    bench: DeskBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("station.pages.passwords.fits", lambda *_: False)
    for _ in range(3):
        assert bench.sign_in(WRONG).status_code == 403
    locked = bench.sign_in(PASSWORD)
    assert (locked.status_code, locked.headers["retry-after"]) == (429, "30")
    assert "30 秒" in locked.text
    assert (bench.folder / LOCK_OUT).exists()
    assert not (bench.folder / "lock-out.json").exists()
    restarted = bench.started()
    with pytest.raises(RefusedError, match="30 s"):
        restarted.sign_in(NAME, PASSWORD)


def test_a_try_counts_before_its_password_is_looked_at(bench: DeskBench, monkeypatch: pytest.MonkeyPatch) -> None:
    def plug_pulled(_kept: str | None, _typed: Password) -> bool:
        raise PlugPulledError

    monkeypatch.setattr("station.pages.passwords.fits", plug_pulled)
    for _ in range(3):
        with pytest.raises(PlugPulledError):
            bench.visitors.sign_in(NAME, WRONG)
    with pytest.raises(RefusedError, match="30 s"):
        bench.started().sign_in(NAME, PASSWORD)


def test_a_name_that_nobody_has_costs_a_look_too(bench: DeskBench, monkeypatch: pytest.MonkeyPatch) -> None:
    looked: list[str | None] = []
    monkeypatch.setattr("station.pages.passwords.fits", lambda kept, _typed: looked.append(kept))
    with pytest.raises(RefusedError, match="密码不对"):
        bench.visitors.sign_in("nobody", PASSWORD)
    assert looked == [None]


def test_whoever_is_struck_off_or_disabled_is_out_at_once(bench: DeskBench) -> None:
    cookie = bench.signed_in()
    assert bench.ask("GET", "/desk", None, cookie).status_code == 200
    del bench.people[PERSON]
    assert bench.ask("GET", "/desk", None, cookie).status_code == 303
    bench.has("officer")
    assert bench.ask("GET", "/desk", None, cookie).status_code == 200
    disable_account(bench.folder, NAME)
    assert bench.ask("GET", "/desk", None, cookie).status_code == 303
    with pytest.raises(NoAccountError):
        disable_account(bench.folder, "nobody")


def test_an_own_password_is_changed_and_every_other_session_ends(bench: DeskBench) -> None:
    bench.accounts.change(NAME, lambda _: account(given=True))
    cookie, elsewhere = bench.signed_in(), bench.signed_in()
    page = bench.ask("GET", "/password", None, cookie)
    assert "请先改为自己的密码" in page.text

    def asked(old: Password, new: str, again: str) -> int:
        fields = {FIELD: bench.form_key(page), "old": old.typed, "new": new, "again": again}
        answer = bench.ask("POST", "/password", dict(fields), cookie)
        assert new not in answer.text
        assert old.typed not in answer.text
        if answer.status_code == 303:
            fresh.append(answer.headers["set-cookie"].split(";")[0])
        return answer.status_code

    fresh: list[str] = []
    new = "another one, longer"
    assert asked(PASSWORD, new, f"{new}.") == 409
    assert asked(PASSWORD, PASSWORD.typed, PASSWORD.typed) == 409
    assert asked(PASSWORD, "short", "short") == 409
    assert bench.accounts.accounts()[NAME].given
    assert asked(WRONG, new, new) == 403
    assert asked(PASSWORD, new, new) == 303
    changed = bench.accounts.accounts()[NAME]
    assert not changed.given
    assert PasswordHasher().verify(changed.kept_password, new)
    assert [bench.ask("GET", "/desk", None, one).status_code for one in (cookie, elsewhere, *fresh)] == [303, 303, 200]


def test_a_password_that_somebody_else_changed_meanwhile_is_not_changed_back(
    bench: DeskBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("station.pages.passwords.fits", lambda *_: True)
    kept = keep(WRONG, NAME, b"another salt 123")

    def new(_: Account | None) -> Account:
        return account(kept_password=KEPT[:-1] + "A", given=True)

    def meanwhile(*_: object) -> str:
        bench.accounts.change(NAME, new)
        return kept

    monkeypatch.setattr("station.pages.passwords.keep", meanwhile)
    with pytest.raises(RefusedError, match="密码不对"):
        bench.visitors.change_password(NAME, PASSWORD, WRONG)
    assert bench.accounts.accounts()[NAME] == new(None)


def test_signing_out_ends_it_and_signing_in_begins_another(bench: DeskBench) -> None:
    cookie = bench.signed_in()
    page = bench.ask("GET", "/desk", None, cookie)
    assert bench.ask("GET", "/sign-in", None, cookie).headers["location"] == "/desk"
    left = bench.ask("POST", "/sign-out", {FIELD: bench.form_key(page)}, cookie)
    assert left.headers["location"] == "/sign-in"
    assert "Max-Age=0" in left.headers["set-cookie"]
    assert bench.ask("GET", "/desk", None, cookie).status_code == 303
    assert bench.signed_in() != cookie


def test_a_custodian_releases_at_the_desk_under_the_own_id(bench: DeskBench) -> None:
    bench.station.work.read(bench.station.put_and_identify())
    cookie = bench.signed_in()
    page = bench.ask("GET", "/desk", None, cookie)
    assert "1 号仓，资料 1 份" in page.text
    fields = {FIELD: bench.form_key(page), "bay": "1", "remark": "已核对"}
    assert "1: 1" in bench.ask("POST", "/desk/releases", dict(fields), cookie).text
    assert bench.station.facts()[-1].by == PERSON
    assert bench.ask("POST", "/desk/releases", dict(fields), cookie).status_code == 409
    assert bench.ask("POST", "/desk/releases", {FIELD: fields[FIELD]}, cookie).status_code == 409
    assert bench.station.kinds().count("clearing_released") == 1


def test_whose_it_is_not_sees_no_release_and_gives_none(tmp_path: Path) -> None:
    nobodys = PlainPolicy(clearing=ClearingDemand(1, custodian_release=True), custodians=frozenset())
    bench = DeskBench(tmp_path, nobodys)
    bench.station.work.read(bench.station.put_and_identify())
    cookie = bench.signed_in()
    page = bench.ask("GET", "/desk", None, cookie)
    assert "号仓，资料" not in page.text
    fields = {FIELD: bench.form_key(page), "bay": "1"}
    assert bench.ask("POST", "/desk/releases", dict(fields), cookie).status_code == 409
    assert "clearing_released" not in bench.station.kinds()
    bench.station.close()


def test_an_idle_session_ends_and_an_open_page_is_nobody_who_is_there() -> None:
    sessions, at = Sessions(), START
    cookie = sessions.begin(HOLDER, at)
    assert sessions.find(cookie, at.later(IDLE_MS - 1), attended=False) == HOLDER
    assert sessions.find(cookie, at.later(IDLE_MS), attended=True) is None
    cookie = sessions.begin(HOLDER, at)
    assert sessions.find(cookie, at.later(IDLE_MS - 1), attended=True) == HOLDER
    assert sessions.find(cookie, at.later(2 * IDLE_MS - 2), attended=False) == HOLDER
    assert sessions.find(cookie, at.later(2 * IDLE_MS - 1), attended=False) is None


def test_no_session_outlasts_a_working_day_however_busy() -> None:
    sessions, at = Sessions(), START
    cookie = sessions.begin(HOLDER, at)
    lasted = 0
    while lasted <= LONGEST_MS and sessions.find(cookie, at.later(lasted), attended=True):
        lasted += 60 * SECOND
    assert lasted == LONGEST_MS


def test_sessions_are_so_many_and_whoever_was_away_longest_goes() -> None:
    sessions = Sessions()
    cookies = [sessions.begin(HOLDER, START.later(n)) for n in range(SESSIONS_MAX)]
    assert sessions.find(cookies[0], START.later(SESSIONS_MAX), attended=True)
    cookies.append(sessions.begin(HOLDER, START.later(SESSIONS_MAX + 1)))
    found = [sessions.find(one, START.later(SESSIONS_MAX + 2), attended=False) is not None for one in cookies]
    assert found == [True, False, *(True,) * (SESSIONS_MAX - 1)]
    assert len(set(cookies)) == len(cookies)
    assert all(one not in repr(vars(sessions)) for one in cookies)


def test_an_open_wall_page_keeps_nobody_signed_in(bench: DeskBench) -> None:
    cookie = bench.signed_in()
    for _ in range(2):
        bench.clock.advance(IDLE_MS // 2)
        for path in ("/", "/live", "/api/v1/status", "/sign-in"):
            bench.ask("GET", path, None, cookie)
    assert bench.ask("GET", "/desk", None, cookie).status_code == 303


@given(st.text(max_size=LONGEST + 2))
def test_short_and_plain_passwords_are_not_taken(typed: str) -> None:
    text = Password(typed).text
    if SHORTEST <= len(text) <= LONGEST and len(set(text)) >= 5 and NAME not in text.lower():
        return  # taken, at the price of a hash: the other tests pay it
    with pytest.raises(UnfitPasswordError):
        keep(Password(typed), NAME, b"s" * 16)


def test_a_password_is_one_text_on_every_keyboard_and_is_never_shown() -> None:
    assert fits(KEPT, Password("夜间巡查－２０２６－卷宗"))
    assert not fits(KEPT, WRONG)
    assert not fits(None, PASSWORD)
    shown = f"{PASSWORD!r} {PASSWORD} {account()!r}"
    assert PASSWORD.typed not in shown
    assert "argon2" not in shown


@pytest.mark.parametrize(
    "content", [b"", b"{}x", b'{"accounts": [{"name": "keeper"}]}', b'{"accounts": [], "more": 1}']
)
def test_accounts_that_cannot_be_read_let_nobody_in(bench: DeskBench, content: bytes) -> None:
    cookie = bench.signed_in()
    (bench.folder / FILE).write_bytes(content)
    with pytest.raises(AccountsLostError):
        bench.accounts.accounts()
    answer = bench.ask("GET", "/desk", None, cookie)
    assert (answer.status_code, answer.json()["code"]) == (503, "ASK_AGAIN")
    assert not bench.reached
    assert (bench.folder / FILE).read_bytes() == content


def test_no_accounts_are_no_trouble(tmp_path: Path) -> None:
    assert AccountsFile(tmp_path).accounts() == {}


def test_a_form_is_read_whole_or_not_at_all() -> None:
    kind = "application/x-www-form-urlencoded; charset=utf-8"
    assert read_form(kind, b"name=%E5%BC%A0&bay=1&bay=2&note=") == {
        "name": ("张",),
        "bay": ("1", "2"),
        "note": ("",),
    }
    for content in (b"name", "name=张".encode(), b"name=%ff", b"&".join([b"a=1"] * 300)):
        assert read_form(kind, content) is None
    assert read_form("multipart/form-data", b"a=1") is None
    assert is_ours(b"k" * 32, "cookie", {FIELD: (token(b"k" * 32, "cookie"),)})
    assert not is_ours(b"k" * 32, "", {FIELD: (token(b"k" * 32, ""),)})
    assert not is_ours(b"l" * 32, "cookie", {FIELD: (token(b"k" * 32, "cookie"),)})
    assert not is_ours(b"k" * 32, "cookie", {FIELD: ("页面",)}), "refused, and no failure of ours"
    assert from_our_page({"origin": "https://a.example", "host": "a.example", "sec-fetch-site": "same-origin"})
    assert not from_our_page({"origin": "https://a.example", "host": "b.example"})


def test_an_account_is_given_taken_and_given_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "officers.csv").write_text("编号,单位,证件编号,角色\nofficer-1,d-7,NX-1,管理人员\n", encoding="utf-8")
    (tmp_path / "cameras.csv").write_text("设备编号,单位\n", encoding="utf-8")
    policy = {"pack": "yinchuan", "officers": "officers.csv", "cameras": "cameras.csv"}
    config = written(tmp_path, WHOLE | {"policy": policy, "data": "."})
    typed = iter([PASSWORD.typed, PASSWORD.typed, PASSWORD.typed, WRONG.typed])
    monkeypatch.setattr("getpass.getpass", lambda _: next(typed))
    words = ["provision", "account", "--config", str(config), "--name", NAME]
    assert main([*words, "--person", "officer-2"]) == 2
    assert main([*words, "--person", "officer-1", "--json"]) == 0
    said = capsys.readouterr()
    assert json.loads(said.out) == {"account": NAME, "person": "officer-1", "disabled": False}
    made = AccountsFile(tmp_path).accounts()[NAME]
    assert (made.person, made.given, made.disabled) == ("officer-1", True, False)
    assert fits(made.kept_password, PASSWORD)
    assert stat.S_IMODE((tmp_path / f"{FILE}.lock").stat().st_mode) == 0o600
    assert main([*words, "--person", "officer-1"]) == 2, "not typed twice alike"
    assert main([*words, "--disable"]) == 0
    assert AccountsFile(tmp_path).accounts()[NAME].disabled
    with pytest.raises(WrongUseError, match="another name"):
        give_account(tmp_path, NAME, "officer-9", PASSWORD)
    with pytest.raises(WrongUseError, match="no account name"):
        give_account(tmp_path, "Keeper!", "officer-1", PASSWORD)
    monkeypatch.setattr("os.geteuid", lambda: 4_242)
    assert main([*words, "--disable"]) == 2
    assert PASSWORD.typed not in "".join(capsys.readouterr())
    assert visitors._holder(made).account == NAME
