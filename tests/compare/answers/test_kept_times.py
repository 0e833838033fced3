"""Answers that are held in memory keep the times at which they began and ended."""

from diptych.backends import Delta, End, Usage
from diptych.compare import LiveAnswer
from diptych.compare.answers import slim
from diptych.compare.console.restoring import replayed
from diptych.sessions import Answer, Tick
from diptych.tui.formatting import state_ways

TIMES = (0.5, 1.0, 1.7)


def stored(timeline: tuple[Tick, ...]) -> Answer:
    text = "One two three."
    return Answer(1, "tuned", "q", None, 0, {}, "done", text, timeline=timeline, ended_at=1.7, usage=Usage(1, 3))


def test_a_kept_answer_tells_the_same_times_as_the_one_that_came() -> None:
    """It said that the first token came when the last one had come."""
    answer = stored(tuple(Tick(at, len(text), 1) for at, text in zip(TIMES, ("One ", "two ", "three."), strict=True)))
    came, kept = replayed(answer, []), replayed(slim(answer), [])
    assert (kept.first_at, kept.last_at, kept.tokens, kept.rate) == (0.5, 1.7, 3, came.rate)
    assert state_ways(kept, 40) == state_ways(came, 40)
    assert "first 500 ms" in state_ways(kept, 40)[0]


def test_an_answer_that_came_at_once_tells_no_time_of_its_first_token() -> None:
    live = LiveAnswer("tuned", list)
    live.take(Delta("One two three.", 3, 1.7))
    live.finish("done", End("stop", 1.7), None)
    assert state_ways(live, 40)[0] == "✓ 3 tok"
