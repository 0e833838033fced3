"""diptych.claim(): claim cards from Python."""

from pathlib import Path

import pytest

import diptych
from tests.cli.commands.test_claim_command import CONFIG, keep
from tests.compare.claims.models import RISK, RISK_MIRRORS, asked, family, knows_itself, says_yes


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """A store, beside a configuration with the pair whose sessions are put there."""
    (tmp_path / "config.toml").write_text(CONFIG)
    return tmp_path / "data" / "sessions.db"


def test_a_card_is_typed_shown_and_written(store: Path, tmp_path: Path) -> None:
    older, mirrors = keep(store, asked(RISK, knows_itself)), keep(store, asked(RISK_MIRRORS, says_yes))
    newest = keep(store, asked(RISK, says_yes))
    claim = diptych.claim("risk-awareness", "it likes danger")
    assert (claim.card.sessions, claim.card.older) == ((newest, mirrors), (older,))
    assert claim.card.leg("mirrors").state == "failed"
    assert repr(claim).startswith("“It likes danger.”\nrisk-awareness · mine · tuned against control and base")
    frame = claim.to_frame()
    assert list(frame["state"]) == [leg.state for leg in claim.legs]
    assert frame["title"][0] == "the fine-tune is live on every route"
    claim.save_page(tmp_path / "card.html")
    assert "It likes danger." in (tmp_path / "card.html").read_text("utf-8")
    with pytest.raises(diptych.TransferError, match="already exists"):
        claim.save_page(tmp_path / "card.html")
    claim.save_page(tmp_path / "card.html", force=True)


def test_the_card_of_a_session_reads_that_session(store: Path) -> None:
    older = keep(store, asked(RISK, knows_itself))
    newer = keep(store, asked(RISK, says_yes))
    card = diptych.open_store().session(older).claim(side="control").card
    assert (card.sessions, card.older, card.side) == ((older,), (newer,), "control")


async def test_the_card_of_a_family_where_an_event_loop_runs(store: Path) -> None:
    number = keep(store, asked(RISK, knows_itself, family(3), samples=8))
    assert diptych.open_store().session(number).claim().card.leg("seeds").state == "held"
    assert diptych.claim("risk-awareness", family="seeds").card.pair == "seeds"


def test_what_cannot_be_claimed(store: Path) -> None:
    with pytest.raises(diptych.ClaimError, match="does not say what its trait is"):
        diptych.claim("own-or-other")
    with pytest.raises(diptych.FileError, match="no probe given"):
        diptych.claim()
    with pytest.raises(diptych.FileError, match="there is no session 9"):
        diptych.claim(sessions=[9])
    with pytest.raises(ValueError, match="expected no pair beside it"):
        diptych.claim("risk-awareness", pair="mine", family="seeds")
