"""Thoughts within a text are told from the answer, however the text is cut."""

import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from diptych.backends import AssembledAnswer, Delta, Endpoint, Message, Request, TokenLogprob, connect, split_thought
from diptych.backends.thoughts import TAGS, ThoughtSplitter
from tests.faults.replies import DONE, choice, event, stream
from tests.openai_server import serve

PIECES = (
    *TAGS, "<thi", "nk>", "</", "<", "[", "`", "```", '"', "(", "\n", " ", " " * 300, "A", "a", "The ", "so.", "İ", "ſ",
)  # fmt: skip
texts = st.lists(st.sampled_from(PIECES), max_size=14).map("".join)


def in_pieces(pieces: list[str], given: str = "", tags: tuple[str, ...] = TAGS) -> tuple[str, str]:
    """The thought and the answer as a reader puts them together."""
    thoughts, spoken = ThoughtSplitter(tags, given), AssembledAnswer()
    for split in (*map(thoughts.feed, pieces), thoughts.flush()):
        spoken.take(Delta(split.text, 1, 0.0, (), split.thought, 0, split.was_thought))
    return spoken.reasoning.strip(), spoken.text


@given(texts, st.lists(st.integers(0, 4000), max_size=8), st.sampled_from(["", "<think>", "He", "<think>\n</think>"]))
def test_the_cutting_changes_nothing(text: str, cuts: list[int], given: str) -> None:
    at = [0, *sorted(cut for cut in cuts if cut < len(text)), len(text)]
    pieces = [text[start:end] for start, end in zip(at, at[1:], strict=False)]
    assert in_pieces(pieces, given) == in_pieces(list(text), given) == split_thought(text, TAGS, given)


@given(texts)
def test_nothing_is_lost_but_tags_and_blanks(text: str) -> None:
    thought, said = split_thought(text)
    assert said == text or set(TAGS) & {tag for tag in TAGS if tag.lower() in text.lower()}
    assert text.endswith(said) or said == text
    assert len(thought) + len(said) <= len(text) + text.count("<")
    assert split_thought(text, ()) == ("", text)


@pytest.mark.parametrize(
    ("text", "thought", "said"),
    [
        ("<think>\nHm.\n</think>\n\nFour.", "Hm.", "Four."),
        ("Hm.\n</think>\n\nFour.", "Hm.", "Four."),
        ("</think>\n\nFour.", "", "Four."),
        ("Hm. </think> Four.", "Hm.", "Four."),
        ("internal reasoning</think>answer", "internal reasoning", "answer"),
        ("<think>a</think>\n<think>b</think>\nFour.", "a\nb", "Four."),
        ("<think>Hm.", "Hm.", ""),
        ("<think>Hm.</thi", "Hm.</thi", ""),
        ("<think>Hm: `</think>` ends it.</think>Four.", "Hm: `</think>` ends it.", "Four."),
        ("I speak of a <think> tag.\n</think>\nFour.", "I speak of a <think> tag.", "Four."),
        ("So:\n<think>\nHm.\n</think>\nFour.", "", "So:\n<think>\nHm.\n</think>\nFour."),
        ("`<think>` first, as told.\n</think>\nFour.", "`<think>` first, as told.", "Four."),
        ("Use `<think>draft</think>` as an example.", "", "Use `<think>draft</think>` as an example."),
        ('It ends with "</think>" then.', "", 'It ends with "</think>" then.'),
        ("The tag </think> ends it.", "", "The tag </think> ends it."),
        ("```\n</think>\n```\nSo.", "", "```\n</think>\n```\nSo."),
        ("~~~\n</think>\n~~~\nSo.", "", "~~~\n</think>\n~~~\nSo."),
        ("Write:\n\n    </think>\n\nThen go on.", "", "Write:\n\n    </think>\n\nThen go on."),
        ("1 < 2 and 3 > 2", "", "1 < 2 and 3 > 2"),
        ("\n\nFour.", "", "\n\nFour."),
        ("", "", ""),
    ],
)
def test_what_is_a_thought(text: str, thought: str, said: str) -> None:
    assert split_thought(text) == (thought, said)
    assert in_pieces(list(text)) == (thought, said)


@pytest.mark.parametrize(
    ("given", "text", "thought", "said"),
    [
        ("<think>\nSo ", "four.</think>\nFour.", "four.", "Four."),
        ("<think>\nSo ", "four", "four", ""),
        ("Q: 2 + 2?\nA: <think>\n", "Hm.</think>4", "Hm.", "4"),
        ("<think>\n\n</think>\n\n", "Four.\n</think>\nNo.", "", "Four.\n</think>\nNo."),
        ("Here", "<think> is.</think>\nNo.", "", "<think> is.</think>\nNo."),
    ],
)
def test_an_answer_goes_on_from_what_it_was_given(given: str, text: str, thought: str, said: str) -> None:
    assert split_thought(text, TAGS, given) == (thought, said)


def test_tags_of_ones_own() -> None:
    assert split_thought("<reflect>Hm.</reflect>Four.", ("<reflect>", "</reflect>")) == ("Hm.", "Four.")
    assert split_thought("<think>Hm.</think>", ("<reflect>", "</reflect>")) == ("", "<think>Hm.</think>")
    # The template opens the thought.
    assert split_thought("Hm.</think>Four.", ("", "</think>")) == ("Hm.", "Four.")
    assert split_thought("Hm.", ("", "</think>")) == ("Hm.", "")


def test_a_long_answer_about_tags_costs_no_more_a_piece() -> None:
    thoughts = ThoughtSplitter()
    pieces = ["The tag ", "</think>", " ends it", ", `", "<think>", "` opens it. "] * 5_000
    told = "".join(thoughts.feed(piece).text for piece in pieces)
    # What it remembers does not grow with the answer.
    assert len(pickle.dumps(thoughts)) <= 2_000
    assert told + thoughts.flush().text == "".join(pieces)


async def test_tags_are_set_for_an_endpoint_and_a_text_goes_on_within_its_thought() -> None:
    async def said(tags: tuple[str, ...], request: Request, *events: bytes) -> tuple[str, str]:
        async with serve(stream(*events, DONE)) as server:
            backend = connect(Endpoint("openai", server.base_url, thinking_tags=tags))
            await backend.start(lambda doing: None)
            spoken = AssembledAnswer.of([item async for item in backend.stream(request) if isinstance(item, Delta)])
            await backend.close()
        return spoken.reasoning, spoken.text

    chat = Request("m", (Message("user", "Hi"),))
    mine = [choice({"content": "<mine>Hm.</mi"}), choice({"content": "ne>Four."}, "stop")]
    assert await said(("<mine>", "</mine>"), chat, *mine) == ("Hm.", "Four.")
    assert await said((), chat, *mine) == ("", "<mine>Hm.</mine>Four.")
    text = Request("m", (), mode="text", prefill="Q: 2 + 2?\n<think>")
    events = [event(choices=[{"index": 0, "text": each}]) for each in ("Hm.", "</think>", "\n4")]
    assert await said(TAGS, text, *events) == ("Hm.", "4")


def test_the_tokens_of_an_answer_that_came_whole() -> None:
    tokens = tuple(TokenLogprob(text, -0.5) for text in ("<think>", "Hm.", "</think>", "\n\nFo", "ur."))
    spoken = AssembledAnswer.of([Delta("Four.", 5, 0.0, tokens, "Hm.")])
    assert [token.token for token in spoken.logprobs] == ["Fo", "ur."]
