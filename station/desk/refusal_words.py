"""A refusal at the dock in the words of whoever refused: the pack, the desk or the sign-in. Chinese, then English."""

from station.desk.badge_sign_in import SignInRefusedError
from station.desk.bringing_back import NotSignedError
from station.desk.taking import NotLentError
from station.errors import RefusedError
from station.pages.lock_out import LockedOutError
from station.policy.permits import Policy


def words_of(refused: RefusedError, policy: Policy) -> tuple[str, str]:
    match refused:
        case NotLentError(words=words) | NotSignedError(words=words):
            return words
        case LockedOutError() | SignInRefusedError():
            return in_both(str(refused))
        case _:
            return policy.said(policy.finds(refused.code, refused.rule))


def in_both(words: str) -> tuple[str, str]:
    """Words that stand as "Chinese / English"; what is in one language alone is said in both places."""
    zh, _, en = words.partition(" / ")
    return zh, en or zh
