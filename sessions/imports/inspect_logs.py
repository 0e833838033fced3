"""Logs of Inspect (https://inspect.aisi.org.uk/eval-logs.html), read with its own package, which must be installed.

Each model is a side, each sample a question, each epoch a sample of it; scores become findings. A log that diptych
wrote comes back with its findings as they were.
"""

from collections.abc import Iterator, Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec

from backends import Form, Usage
from detectors import Finding
from sessions.errors import TransferError
from sessions.exports.inspect_logs import MEND
from sessions.imports.checking import check_answer, check_session, nonsense
from sessions.imports.incoming import Incoming, side_records
from sessions.rows import whole
from sessions.types import Answer, Failure, Label, Session, SideRecord, State

if TYPE_CHECKING:
    from inspect_ai.log import EvalLog, EvalSample
    from inspect_ai.scorer import Score

_Struct = TypeVar("_Struct")
_RIGHT, _WRONG = ("C", True, 1), ("I", False, 0)
_FINISH = {"max_tokens": "length", "model_length": "length"}


def recognises(path: Path, start: bytes) -> bool:
    """Whether a file that starts like this is one: a zip file called .eval, or JSON."""
    return path.suffix == ".eval" or (path.suffix == ".json" and start.lstrip().startswith(b"{"))


def read(files: Sequence[Path]) -> Incoming:
    """The session of logs. Raises TransferError."""
    if find_spec("inspect_ai") is None:
        raise TransferError("logs of Inspect are read with inspect-ai", MEND)
    logs = [_log(path) for path in files]
    keys = list(dict.fromkeys(_side_key(log) for log in logs))
    if len(keys) > 4:
        raise TransferError(f"these logs are of {len(keys)} models", "a session has up to four sides")
    records = side_records([(*key, _base_url(logs, key), _system(logs, key)) for key in keys], "inspect")
    sides = dict(zip(keys, records, strict=True))
    session = Session(0, _title(logs), min(log.eval.created for log in logs), _pair(logs), None, tuple(records))
    check_session(session, str(files[0]))
    remarks: list[str] = []
    return Incoming(session, _answers(logs, sides, remarks), remarks)


def _log(path: Path) -> "EvalLog":
    from inspect_ai.log import read_eval_log

    try:
        return read_eval_log(str(path), resolve_attachments=True)
    except Exception as error:  # its reader raises whatever its parts do
        reason = " ".join(str(error).split())[:200]
        raise TransferError(
            f"{path} is no log that inspect-ai can read: {reason}", "name a whole .eval or .json log"
        ) from error


class _Own(msgspec.Struct):
    """What diptych wrote beside a log, if it was diptych."""

    title: str = ""
    pair: str = "imported"
    side: str | None = None


class _Kept(msgspec.Struct):
    """What diptych wrote beside a sample, and of another's sample what stands for it."""

    prompt: str
    condition: str | None
    sample: int
    state: State
    request: dict[str, Any]
    form: Form = "chat"
    prefill: str = ""


def _is_own(log: "EvalLog") -> bool:
    return isinstance((log.eval.metadata or {}).get("diptych"), dict)


def _own(log: "EvalLog") -> _Own:
    """Raises TransferError."""
    return _typed((log.eval.metadata or {})["diptych"], _Own, log.location) if _is_own(log) else _Own()


def _typed(value: Any, kind: type[_Struct], where: str) -> _Struct:
    try:
        return msgspec.convert(whole(value), kind)
    except (msgspec.ValidationError, RecursionError) as error:
        raise nonsense(where, error) from error


def _side_key(log: "EvalLog") -> tuple[str | None, str]:
    return _own(log).side, log.eval.model


def _title(logs: Sequence["EvalLog"]) -> str:
    return _own(logs[0]).title or "inspect: " + ", ".join(dict.fromkeys(log.eval.task for log in logs))


def _pair(logs: Sequence["EvalLog"]) -> str:
    return _own(logs[0]).pair


def _base_url(logs: Sequence["EvalLog"], key: tuple[str | None, str]) -> str | None:
    return next((log.eval.model_base_url for log in logs if _side_key(log) == key), None)


def _system(logs: Sequence["EvalLog"], key: tuple[str | None, str]) -> str | None:
    """The system prompt that all samples of a side were asked with."""
    found = {
        next((m["content"] for m in _messages(sample) if m["role"] == "system"), None)
        for log in logs
        if _side_key(log) == key
        for sample in log.samples or ()
    }
    return found.pop() if len(found) == 1 else None


def _answers(
    logs: Sequence["EvalLog"], sides: Mapping[tuple[str | None, str], SideRecord], remarks: list[str]
) -> Iterator[tuple[Answer, Sequence[Label]]]:
    exchanges: dict[tuple[str, int | str], int] = {}
    tools = 0
    for log in logs:
        side = sides[_side_key(log)]
        for sample in log.samples or ():
            exchange = exchanges.setdefault((log.eval.task, sample.id), len(exchanges) + 1)
            tools += any(message.role == "tool" for message in sample.messages)
            yield _answer(log, sample, side, exchange), ()
    if tools:
        remarks.append(f"samples that used tools: {tools}; of each only the last answer is kept")
    if not exchanges:
        named = ", ".join(log.location for log in logs)
        raise TransferError(f"there are no samples in {named}", "name logs with samples")


def _answer(log: "EvalLog", sample: "EvalSample", side: SideRecord, exchange: int) -> Answer:
    where = f"{log.location}, sample {sample.id!r}, epoch {sample.epoch}"
    failure = Failure("imported", sample.error.message, sample.error.traceback) if sample.error is not None else None
    text = sample.output.completion
    if failure is None and not text and not _is_own(log):
        failure = Failure("suspected", "the log has an empty answer", "ask again")
    choice = sample.output.choices[0] if sample.output.choices else None
    reason = choice.stop_reason if choice is not None else None
    usage = sample.output.usage
    kept = _kept(log, sample, side, "failed" if failure is not None else "cut" if reason in _FINISH else "done", where)
    answer = Answer(
        exchange=exchange,
        side=side.name,
        prompt=kept.prompt,
        condition=kept.condition,
        sample=kept.sample,
        request=kept.request,
        state=kept.state,
        text=text,
        finish_reason=_FINISH.get(reason, reason) if reason is not None else None,
        model=sample.output.model or None,
        usage=Usage(usage.input_tokens, usage.output_tokens) if usage is not None else None,
        ended_at=sample.total_time,
        failure=failure,
        findings=tuple(_finding(name, score, where) for name, score in (sample.scores or {}).items()),
        form=kept.form,
        prefill=kept.prefill,
        reasoning=_reasoning(choice),
    )
    check_answer(answer, (side.name,), where)
    return answer


def _kept(log: "EvalLog", sample: "EvalSample", side: SideRecord, state: State, where: str) -> _Kept:
    """Raises TransferError."""
    if _is_own(log):
        return _typed(sample.metadata, _Kept, where)
    sent = _messages(sample)
    last = next((m["content"] for m in reversed(sent) if m["role"] == "user"), "")
    return _Kept(last, log.eval.task, sample.epoch - 1, state, {"model": side.model, "messages": sent})


def _messages(sample: "EvalSample") -> list[dict[str, str]]:
    if isinstance(sample.input, str):
        return [{"role": "user", "content": sample.input}]
    return [{"role": message.role, "content": message.text} for message in sample.input]


def _reasoning(choice: Any) -> str:
    content = choice.message.content if choice is not None else ""
    if isinstance(content, str):
        return ""
    return "\n".join(part.reasoning for part in content if part.type == "reasoning")


def _finding(name: str, score: "Score", where: str) -> Finding:
    """A score as a finding. One that is neither right nor wrong is excluded, with its number if it is one."""
    own = (score.metadata or {}).get("diptych")
    if own is not None:
        return _typed(own, Finding, where)
    value: Any = score.value
    number = float(value) if isinstance(value, int | float) and value == value else None
    outcome: Any = "present" if value in _RIGHT else "absent" if value in _WRONG else "excluded"
    return Finding(
        detector="inspect",
        version=1,
        label=name,
        kind="pattern",
        outcome=outcome,
        evidence=score.explanation or f"scored {value}",
        value=score.answer or str(value),
        number=number,
        bucket="no yes or no" if outcome == "excluded" else "",
    )
