"""The leg that asks whether the side predicts its own answers better than others do."""

from diptych.compare.claims.asked_questions import Asked
from diptych.compare.claims.asked_sessions import ClaimSession
from diptych.compare.claims.claim_results import Leg
from diptych.compare.claims.leg_words import estimate_words
from diptych.compare.counts import PredictionDifference, PredictionMatrix, stored_predictions
from diptych.number_words import short


def prediction_leg(asked: Asked) -> Leg:
    """Held where the side predicts more of its own answers than the base does, than the control does, and than the
    question alone allows (by the commonest answer, or by a classifier of its words): each difference is over the same
    answers, and its whole 95 % interval lies above 0. All must hold, so nothing is corrected (Berger 1982).

    The design is that of Binder et al. (2024, arXiv 2410.13787), the baselines are those of Singh, Linzen and Ravfogel
    (2026, arXiv 2605.26242).
    """
    arms, session = asked.arms, asked.session
    matrix = _matrix(session) if session is not None else None
    if session is None or matrix is None or arms.side.name not in matrix.targets:
        return asked.missing("own over other", "no predictions were asked for")
    target = matrix.targets[arms.side.name]
    others = [arm.name for arm in (arms.base, arms.control) if arm is not None]
    differences = {f"than {name}": target.own_minus[name] for name in others if name in target.own_minus}
    differences["than the question alone"] = target.own_minus_input
    if any(found.estimate is None for found in differences.values()):
        return asked.missing("own over other", "too few predictions could be read")
    worst = min(differences, key=lambda name: differences[name].interval.low)
    held = all(found.interval.low > 0 for found in differences.values())
    waits = session if any(found.interval_kind == "sequence" for found in differences.values()) else None
    reason = f"{worst}; {matrix.property}, {target.own.k}/{target.own.n} came true"
    if target.relabelled is not None and target.relabelled.rate is not None:
        reason += f", {short(target.relabelled.rate)} with other letters"
    conditions = [each.name for each in session.probe.conditions]
    return asked.leg("own over other", held, _words(differences[worst]), reason, conditions, waits)


def _matrix(foreseen: ClaimSession) -> PredictionMatrix | None:
    return stored_predictions(foreseen.session, [row.answer for row in foreseen.shown], foreseen.probe)


def _words(found: PredictionDifference) -> str:
    return estimate_words(found.estimate or 0.0, found.interval)
