"""What the codes and words of an error mean, for the servers of all vendors."""

import re

from diptych.backends.error_reports import ErrorReport
from diptych.backends.rate_limit_headers import retry_after
from diptych.backends.refused_fields import FIELDS, refused_field

_BAD_REQUEST = (400, 413, 422)
_FORBIDDEN = (400, 403, 422, 446, 451)

_BUSY = re.compile(
    r"rate.?limit|too many (concurrent )?requests|throttl|overload|(at|over|exceeds?|insufficient|no) capacity"
    r"|resources? (has been |is )?exhausted|(server|engine|system|service|model)s? (is|are) (currently |too )?busy"
    r"|high (demand|load|traffic)|request limit reached",
    re.I,
)

_TOO_LONG_NAMES = {"exceed_context_size_error", "context_length_exceeded", "string_above_max_length", "40303"}
_TOO_LONG_SURE = re.compile(
    r"maximum (context|model) length|prompt is too long|longer than the maximum"
    r"|context (length|window|size)\b.{0,40}\b(full|exceed)"
    r"|(exceed|longer|larger).{0,60}\bcontext (length|window|size)",
    re.I,
)
"""Words that are certain enough for a status of 5xx."""
_OWN = r"\b(inputs?|prompt|messages|conversation|requested tokens?|context)\b"
_TOO_LONG = re.compile(
    rf"{_TOO_LONG_SURE.pattern}|context (length|window|size)|context (the )?overflow"
    rf"|{_OWN}.{{0,80}}\b(exceed\w*|(too|tokens) (long|large)|too many tokens)\b"
    r"|\binput length.{0,20}should be|\binputs?\W{1,3}(tokens? .{0,30})?must (be|have) (<|≤|less|fewer|at most|smaller)"
    r"|too many (input |prompt )?tokens\b|exceed\w*.{0,40}\b(token|context|input|prompt)s?[ _-](limit|length|window)",
    re.I,
)

_REFUSED_NAMES = re.compile(
    r"content_?(policy|filter|moderation|blocked)|invalid_prompt|responsible_?ai|data_?inspection_?failed"
    r"|sensitive_?content|moderation|guardrail|policy_?violation|prohibited_?content",
    re.I,
)
_REFUSED = re.compile(
    r"\bflagged\b|(usage|content|content management|moderation|safety|acceptable use) polic|content filter(ing|ed)\b"
    r"|inappropriate content|content exists risk|considered high.risk|data_?inspection_?failed|new_sensitive"
    r"|(sensitive|prohibited|unsafe|harmful|illegal) (content|information|words?)\b|safety (system|reasons|filter)"
    r"|\bguardrails?\b|violates the rules|敏感|不安全|违规",
    re.I,
)

_NO_QUOTA_NAMES = re.compile(
    r"insufficient_?(user_?)?(quota|balance|credits?|funds)|exceeded_current_quota|billing_|arrearage|freetieronly"
    r"|quota_failed|budget_exceeded",
    re.I,
)
_NO_QUOTA = re.compile(
    r"credit balance|insufficient (account )?(credit|balance|quota|funds)|\b(no|any|out of|not enough) credits?\b"
    r"|\b(balance|credits?|funds|user quota|token quota)\b.{0,30}\b(insufficient|too low|not enough|depleted|exhausted"
    r"|used up|run out|overdrawn)|budget has been exceeded|free tier.{0,40}exhausted|\b(top up|recharge|arrears)\b"
    r"|good standing|余额不足|欠费",
    re.I,
)
_QUOTA_GONE = re.compile(
    r"quota (is |has been )?(exceeded|exhausted|used up)|(exceeded|out of).{0,20}\bquota|plan and billing", re.I
)
"""Also said about a quota per minute, but then with status 429."""

_NO_MODEL_NAMES = re.compile(
    r"(model|deployment)[_.]?not[_.]?(found|available|supported|exist)|invalid_?model|unknown_?model"
    r"|invalidendpointormodel\.notfound|40301",
    re.I,
)
_NO_MODEL = re.compile(
    r"\b(invalid|unknown|not a valid|no such) model\b"
    r"|\bmodel\b.{0,160}\b(does not exist|doesn't exist|not exist|not found|not available)"
    r"|^(the )?(requested |specified )?model:?( [^\s.]+)? is not (supported|known|recognized)\b"
    r"(?! (with|when|for stream))",
    re.I,
)
_NOT_ALLOWED = re.compile(r"not allowed to sample from this model|does not have access to model", re.I)


def is_busy(report: ErrorReport) -> bool:
    """Whether the server is overloaded at the moment."""
    return any(map(_BUSY.search, (report.message, *report.names)))


def is_too_long(report: ErrorReport, status: int) -> bool:
    """Whether the prompt does not fit into the context."""
    words = _TOO_LONG if status in _BAD_REQUEST else _TOO_LONG_SURE if status >= 500 else None
    return bool(report.names & _TOO_LONG_NAMES) or (words is not None and bool(words.search(report.message)))


def is_refused(report: ErrorReport, status: int) -> bool:
    """Whether a policy forbids the prompt or the answer."""
    if any(map(_REFUSED_NAMES.search, report.names)) and status < 500:
        return True
    return status in _FORBIDDEN and bool(_REFUSED.search(report.message))


def is_no_quota(report: ErrorReport, status: int) -> bool:
    """Whether the account is used up. Rate limits, which pass, do not count."""
    if status == 402 or any(map(_NO_QUOTA_NAMES.search, report.names)):
        return True
    if status == 429 and retry_after({}, report.message) is not None:
        return False
    gone = status in (400, 403) and _QUOTA_GONE.search(report.message)
    return bool(gone or (status in (400, 403, 429) and _NO_QUOTA.search(report.message)))


def is_no_model(report: ErrorReport, status: int, model: str) -> bool:
    """Whether the server does not have the model."""
    if any(map(_NO_MODEL_NAMES.fullmatch, report.names)) or (report.parameter == "model" and status in (400, 404, 422)):
        return True
    if status == 403 and _NOT_ALLOWED.search(report.message):
        return True
    named = status == 404 and bool(model) and re.search(rf"(?<!\w){re.escape(model)}(?!\w)", report.message)
    if named or not (status in (400, 404, 422) and _NO_MODEL.search(report.message)):
        return bool(named)
    # Or the model does not have a field.
    return refused_field(report.message, FIELDS) is None
