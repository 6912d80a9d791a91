"""What a camera calls a file, so that a private word can hold it. Pure; changes nothing of which file it is."""

NAME_CHARACTERS_MAX = 1_024
"""What a camera calls a file is kept so far; which file it was, the listing says."""


def fitting(name: str) -> str:
    """A name that is no Unicode text is written so that it can be read; no name keeps footage from being held."""
    text = name.encode(errors="backslashreplace").decode()
    return text if len(text) <= NAME_CHARACTERS_MAX else f"{text[: NAME_CHARACTERS_MAX - 1]}…"
