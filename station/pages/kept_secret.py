"""What people type to prove who they are, kept as Argon2id text with a salt of its own. PINs and passwords alike.

Checked one at a time in the whole process, whatever door it is asked at. Never keeps, shows or logs what was typed;
where there is nothing to compare it with, saying no takes as long.
"""

import threading

from cryptography.exceptions import InvalidKey
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from station.errors import WrongUseError
from station.policy.credentials import ARGON2_LANES, ARGON2_MEMORY_KIB, ARGON2_PASSES, KEPT_PIN, PIN_PREFIX

SALT_BYTES = 16
_TAG_BYTES = 32
_NOBODYS = f"{PIN_PREFIX}{'A' * 22}${'A' * 43}"
"""Well formed, and nobody's: looked at where there is nothing to look at."""
_ONE_AT_A_TIME = threading.Lock()
"""19 MiB each: six officers in a row are not six times that."""


def keep_secret(typed: bytes, salt: bytes, key: bytes = b"") -> str:
    """The usual `$argon2id$…`, which other tools read too."""
    if len(salt) != SALT_BYTES:
        raise WrongUseError(f"a salt has {SALT_BYTES} random bytes, not {len(salt)}; draw one for each")
    maker = Argon2id(
        salt=salt,
        length=_TAG_BYTES,
        iterations=ARGON2_PASSES,
        lanes=ARGON2_LANES,
        memory_cost=ARGON2_MEMORY_KIB,
        secret=key,
    )
    with _ONE_AT_A_TIME:
        return maker.derive_phc_encoded(typed)


def secret_fits(kept: str | None, typed: bytes | None, key: bytes = b"") -> bool:
    """Whether this is what was kept. None: nobody has one, or what was typed cannot be one."""
    possible = kept if kept is not None and typed is not None and KEPT_PIN.fullmatch(kept) else None
    with _ONE_AT_A_TIME:
        try:
            Argon2id.verify_phc_encoded(typed or b"" if possible else b"", possible or _NOBODYS, key or None)
        except InvalidKey:
            return False
    return possible is not None
