"""Who stands at the desk's door: a name and a password become a session, and that a person, asked for anew each time.

What is refused never says whether the name, the password or the account was wrong. Never decides what a person may do.
"""

import hashlib
import secrets
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from msgspec.structs import replace

from station.errors import RefusedError
from station.pages import passwords
from station.pages.accounts import Account, AccountsFile
from station.pages.kept_secret import SALT_BYTES
from station.pages.lock_out import after_success, begin_try
from station.pages.lock_out_file import LockOutShelf
from station.pages.passwords import Password
from station.pages.sessions import Holder, Sessions
from station.policy.rolls import Officer
from station.stamp import Stamp

_KEY_BYTES = 32
_SIGNS_OF_A_PASSWORD = 16


class WrongNameOrPasswordError(RefusedError):
    """Nobody signed in; does not say why."""

    def __init__(self) -> None:
        super().__init__("NAME_OR_PASSWORD_WRONG")
        words = (
            "账号或密码不对，请重试；忘记密码请找技术人员 / name or password is wrong; try again, or ask the technician"
        )
        self.args = (words,)


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody signed in, as the roll has them now."""

    account: str
    id: str
    unit: str
    roles: frozenset[str]
    name: str
    given_password: bool


class Visitors:
    """One desk's door. Tries are taken one at a time; everything may be asked from any thread."""

    def __init__(
        self,
        accounts: AccountsFile,
        people: Mapping[str, Officer],
        shelf: LockOutShelf,
        now: Callable[[], Stamp],
    ) -> None:
        self.form_key = secrets.token_bytes(_KEY_BYTES)
        """Forms of an earlier start are not ours any more; nobody is signed in after one anyway."""
        self._accounts = accounts
        self._people = people
        self._shelf = shelf
        self._now = now
        self._sessions = Sessions()
        self._one_at_a_time = threading.Lock()

    def who(self, cookie: str | None, *, attended: bool) -> Person | None:
        """None for a stranger: no session, or an account or a person that is not what it was."""
        holder = self._sessions.find(cookie, self._now(), attended=attended) if cookie else None
        account = self._accounts.accounts().get(holder.account) if holder is not None else None
        if account is None or holder != _holder(account):
            return None
        return self._person(account)

    def sign_in(self, name: str, password: Password) -> str:
        """The new session's cookie; LockedOutError, or WrongNameOrPasswordError."""
        account = self._accounts.accounts().get(name)
        self._prove(account, password)
        if account is None or self._person(account) is None:
            raise WrongNameOrPasswordError
        return self._sessions.begin(_holder(account), self._now())

    def sign_out(self, cookie: str) -> None:
        self._sessions.end(cookie)

    def change_password(self, name: str, old: Password, new: Password) -> str:
        """Every session of the account ends, and one begins: its cookie. Proving the old one counts as a try."""
        account = self._accounts.accounts().get(name)
        self._prove(account, old)
        if old.text == new.text:
            raise passwords.UnfitPasswordError(
                "PASSWORD_SAME", "新密码不能与原密码相同 / the new password must be another than the old one"
            )
        kept = passwords.keep(new, name, secrets.token_bytes(SALT_BYTES))

        def changed(now: Account | None) -> Account:
            if now is None or now != account:
                raise WrongNameOrPasswordError
            return replace(now, kept_password=kept, given=False)

        self._accounts.change(name, changed)
        return self._sessions.begin(_holder(self._accounts.accounts()[name]), self._now())

    def _prove(self, account: Account | None, password: Password) -> None:
        """That whoever typed this has the account's password; each try counted before it is looked at."""
        tried = None if account is None else f"{account.name} {_holder(account).tag}"
        kept = None if account is None or account.disabled else account.kept_password
        with self._one_at_a_time:
            before = self._shelf.read()
            self._shelf.write(begin_try(before, tried, self._now()))
            if not passwords.fits(kept, password) or tried is None:
                raise WrongNameOrPasswordError
            self._shelf.write(after_success(before, tried))

    def _person(self, account: Account) -> Person | None:
        rolled = self._people.get(account.person)
        if account.disabled or rolled is None:
            return None
        return Person(account.name, rolled.id, rolled.unit, rolled.roles, rolled.name, account.given)


def _holder(account: Account) -> Holder:
    kept = hashlib.sha256(account.kept_password.encode()).hexdigest()
    return Holder(account.name, kept[:_SIGNS_OF_A_PASSWORD])
