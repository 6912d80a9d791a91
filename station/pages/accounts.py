"""The accounts of one station: which name stands for which person of the roll, and that person's password.

One small file, written whole. Roles and department are never in it: they are the roll's, so that whoever leaves the
roll is out at once. A file that cannot be read lets nobody in. Never shows a password or what is kept of one.
"""

import contextlib
import fcntl
import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from station.durable import disk_errors_named, write_file
from station.errors import RefusedError, WireFailedError

NAME = "accounts.json"
ACCOUNTS_MAX = 1_000

AccountName = Annotated[str, Meta(pattern=r"^[a-z][a-z0-9._-]{2,31}\Z")]


class Account(Struct, frozen=True, forbid_unknown_fields=True):
    """`person` is the id of the roll."""

    name: AccountName
    person: Annotated[str, Meta(min_length=1, max_length=64)]
    kept_password: str
    given: bool = True
    """Somebody else chose the password; its owner chooses another before anything else."""
    disabled: bool = False

    def __repr__(self) -> str:
        return f"Account({self.name!r}, …)"


class _File(Struct, frozen=True, forbid_unknown_fields=True):
    accounts: Annotated[tuple[Account, ...], Meta(max_length=ACCOUNTS_MAX)] = ()


_READER = msgspec.json.Decoder(_File)


class AccountsLostError(WireFailedError):
    """The file is there and is not what was written."""


class NoAccountError(RefusedError):
    """Nobody has this name here."""

    def __init__(self, name: str) -> None:
        super().__init__("ACCOUNT_UNKNOWN")
        self.args = (f"没有账号 {name} / there is no account {name}; make one with dockward provision account",)


class AccountsFile:
    """Read anew whenever it is another file; may be asked from any thread, and changed by any program."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / NAME
        self._read: tuple[object, Mapping[str, Account]] = (None, {})

    def accounts(self) -> Mapping[str, Account]:
        with disk_errors_named():
            try:
                found = self._path.stat()
            except FileNotFoundError:
                return {}
            version = (found.st_ino, found.st_mtime_ns, found.st_size)
            if self._read[0] != version:
                self._read = (version, _accounts_in(self._path))
        return self._read[1]

    def change(self, name: str, changed: Callable[[Account | None], Account]) -> None:
        """One account put in the place of what it was; on the disk when this returns. One change at a time."""
        with self._alone():
            accounts = dict(self.accounts())
            accounts[name] = changed(accounts.get(name))
            content = msgspec.json.encode(_File(tuple(accounts.values())))
            write_file(self._path, [msgspec.json.format(content)])

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        with disk_errors_named():
            lock = os.open(self._path.with_name(f"{NAME}.lock"), os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
        finally:
            os.close(lock)


def known(account: Account | None, name: str) -> Account:
    if account is None:
        raise NoAccountError(name)
    return account


def _accounts_in(path: Path) -> Mapping[str, Account]:
    try:
        return {account.name: account for account in _READER.decode(path.read_bytes()).accounts}
    except msgspec.DecodeError as error:
        raise AccountsLostError(
            f"{path} 已损坏，暂不能登录 / is damaged and nobody can sign in; check the disk, make the accounts anew"
        ) from error
