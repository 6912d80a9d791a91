"""Where things lie in a station's data folder. Opens and makes nothing."""

from pathlib import Path

from station.config import StationConfig


def listings_folder(config: StationConfig) -> Path:
    return Path(config.data) / "listings"


def scrub_rounds_path(config: StationConfig) -> Path:
    return Path(config.data) / "scrub.json"


def journal_path(config: StationConfig) -> Path:
    return Path(config.data) / "journal.sqlite"
