"""Writes a claim card as a page, with the answers behind each leg."""

from pathlib import Path

from diptych.compare.claims.asked_sessions import FoundSessions
from diptych.compare.claims.claim_results import LEG_SIGNS, LEG_TITLES, ClaimCard, Leg
from diptych.sessions import ClaimAnswer, ClaimLine, ClaimPage, ExportData, Store, export_claim_page


def export_claim(store: Store, card: ClaimCard, found: FoundSessions, path: Path, force: bool = False) -> None:
    """Write a card as one HTML file. `found`: the sessions that it was made from; `force`: overwrite an existing file.
    Raises TransferError, StoreError."""
    answers: dict[int, ClaimAnswer] = {}
    for each in found.read:
        data = ExportData.of(store, each.session.id)
        answers |= {row.id: ClaimAnswer(row, data) for row in each.shown}

    def line(leg: Leg) -> ClaimLine:
        behind = [answers[number] for number in leg.answers if number in answers]
        return ClaimLine(LEG_SIGNS[leg.state], leg.state, leg.title, leg.shown_figure, leg.reason, leg.command, behind)

    parts = {heading: [line(card.leg(name)) for name in titles] for heading, titles in LEG_TITLES.items()}
    arms = {side.name: side.arm_name for each in found.read for side in each.session.sides}
    export_claim_page(ClaimPage(card.quoted, card.about, parts, card.sentence, arms), path, force)
