"""A department's month (200 officers, 60 cameras) replayed through law and custody, without disk or wire: how long."""

import cProfile
import io
import pstats
import time

from station.signing.policy_packs import packaged_names, packaged_pack
from tests.a_month import CAMERAS, OFFICERS, Month
from tests.month_papers import Papers

DAYS = 30
_SHOWN = 12


def run() -> None:
    print(f"\na month of a department: {OFFICERS} officers, {CAMERAS} cameras, {DAYS} days")
    for name in packaged_names():
        month = Month(packaged_pack(name), DAYS)
        begun = time.perf_counter()
        month.replay()
        seconds = time.perf_counter() - begun
        facts = len(month.facts)
        begun = time.perf_counter()
        figures = Papers(month).judge()
        papers = time.perf_counter() - begun
        print(
            f"  {name:16} {seconds:5.1f} s  {facts:7,} facts  {facts / seconds:7,.0f} facts/s"
            f"   papers of {figures.missions:,} missions {papers:4.1f} s"
        )
    _grows()
    _profile()


def _grows() -> None:
    """Whether a fact costs more the more there were."""
    for days in (7, 14, DAYS):
        month = Month(packaged_pack("yinchuan"), days)
        begun = time.perf_counter()
        month.replay()
        each_us = (time.perf_counter() - begun) / len(month.facts) * 1e6
        print(f"  {days:3} days: {each_us:6.1f} µs a fact")


def _profile() -> None:
    profile = cProfile.Profile()
    profile.runcall(Month(packaged_pack("yinchuan"), DAYS // 4).replay)
    text = io.StringIO()
    pstats.Stats(profile, stream=text).sort_stats("tottime").print_stats(_SHOWN)
    lines = text.getvalue().splitlines()
    start = next(number for number, line in enumerate(lines) if "ncalls" in line)
    print("  profile of a week, by own time:")
    for line in lines[start:]:
        if line.strip():
            print(f"    {line.strip()}")
