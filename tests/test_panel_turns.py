"""Promise: news comes at once to whoever waits for it, every page has its turn, the whole dock is never away long."""

from hypothesis import given
from hypothesis import strategies as st

from station.panel.turns import NEWS_IN_A_ROW_MAX, READ_MS, STANDS_MS, Turn, Turns

LOOK_MS = 500


def page(key: str, *, stays: bool = True, urgent: bool = False) -> Turn[str]:
    return Turn(key, f"picture of {key}", stays, urgent)


DOCK = page("bays")


class Panel:
    """Looked at as often as the real one looks."""

    def __init__(self) -> None:
        self.turns: Turns[str] = Turns()
        self.now_ms = 0

    def look(self, *pages: Turn[str], for_ms: int = LOOK_MS) -> list[str]:
        seen = []
        for _ in range(for_ms // LOOK_MS):
            seen.append(self.turns.next((DOCK, *pages), self.now_ms).key)
            self.now_ms += LOOK_MS
        return seen


def once(seen: list[str]) -> list[str]:
    return [key for at, key in enumerate(seen) if not at or seen[at - 1] != key]


def test_pages_go_round_each_for_its_time() -> None:
    panel = Panel()
    seen = panel.look(page("a"), page("b"), for_ms=6 * STANDS_MS)
    assert once(seen) == ["bays", "a", "b"] * 2
    assert seen.count("a") * LOOK_MS == 2 * STANDS_MS


def test_what_was_there_when_the_panel_came_on_is_no_news() -> None:
    assert Panel().look(page("a", stays=False, urgent=True), for_ms=3 * STANDS_MS) == ["bays"] * 3 * (
        STANDS_MS // LOOK_MS
    )


def test_an_offer_stands_there_at_once_and_what_can_wait_waits() -> None:
    panel = Panel()
    panel.look()
    assert panel.look(page("told", stays=False)) == ["bays"]
    offer = page("take 3", urgent=True)
    assert panel.look(page("told", stays=False), offer) == ["take 3"]
    seen = once(panel.look(page("told", stays=False), offer, for_ms=2 * STANDS_MS))
    assert seen[:2] == ["take 3", "told"]


def test_one_offer_lets_the_other_be_read() -> None:
    panel = Panel()
    panel.look()
    first, second = page("take 3", urgent=True), page("take 4", urgent=True)
    panel.look(first)
    seen = panel.look(first, second, for_ms=READ_MS + LOOK_MS)
    assert once(seen) == ["take 3", "take 4"]
    assert seen.count("take 3") * LOOK_MS >= READ_MS - LOOK_MS


def test_what_is_over_makes_room_and_what_is_told_once_does_not_come_again() -> None:
    panel = Panel()
    panel.look()
    assert panel.look(page("take 3", urgent=True)) == ["take 3"]
    assert panel.look() == ["bays"]
    panel.look(page("told", stays=False), for_ms=READ_MS)
    assert once(panel.look(page("told", stays=False), for_ms=4 * STANDS_MS))[-1] == "bays"


@given(st.lists(st.tuples(st.sampled_from("abcdefgh"), st.booleans(), st.booleans()), max_size=60))
def test_the_whole_dock_is_never_away_for_long(days_work: list[tuple[str, bool, bool]]) -> None:
    """However much happens: news at every look, staying or not, urgent or not."""
    panel = Panel()
    panel.look()
    standing: dict[str, Turn[str]] = {}
    away_ms = 0
    for number, (name, stays, urgent) in enumerate(days_work):
        standing[name] = page(f"{name} {number}", stays=stays, urgent=urgent)
        (shown,) = panel.look(*standing.values())
        away_ms = 0 if shown == "bays" else away_ms + LOOK_MS
        assert away_ms <= (NEWS_IN_A_ROW_MAX + len(set(standing)) + 1) * STANDS_MS
    rounds = panel.look(*standing.values(), for_ms=3 * (len(standing) + len(days_work) + 2) * STANDS_MS)
    staying = {turn.key for turn in standing.values() if turn.stays}
    assert {"bays", *staying} <= set(rounds)
    assert set(rounds[-len(rounds) // 3 :]) == {"bays", *staying}, "what was told once does not come again"


def test_a_storm_of_news_lets_the_whole_dock_through() -> None:
    panel = Panel()
    panel.look()
    seen = [panel.look(page(f"take {number}", urgent=True))[0] for number in range(60)]
    assert seen.count("bays") >= len(seen) * LOOK_MS // ((NEWS_IN_A_ROW_MAX + 1) * READ_MS) - 2
