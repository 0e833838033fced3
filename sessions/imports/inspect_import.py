"""Imports logs of Inspect with Inspect's own package, which must be installed.

Format: https://inspect.aisi.org.uk/eval-logs.html. Each model, run and setting becomes a side, each sample a question,
each epoch a sample of it; scores become findings. A log that diptych wrote comes back with its original findings.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec

from diptych.backends import Mode, Usage
from diptych.detectors import Finding
from diptych.sessions.encoding import storable_json
from diptych.sessions.exports.inspect_export import HOW_TO_INSTALL
from diptych.sessions.imports.import_checks import check_answer, check_session, damaged_file
from diptych.sessions.imports.incoming_session import IncomingSession, side_records
from diptych.sessions.imports.inspect_samples import (
    Exchange,
    earlier_answer_count,
    exchange_of,
    reasoning_in,
    request_parameters,
)
from diptych.sessions.imports.inspect_sides import Key, check_logs, side_key, side_labels
from diptych.sessions.records import Answer, Failure, Label, Session, SideRecord, State
from diptych.sessions.store_errors import TransferError

if TYPE_CHECKING:
    from inspect_ai.log import EvalLog, EvalSample
    from inspect_ai.scorer import Score

_Struct = TypeVar("_Struct")
_RIGHT, _WRONG = ("C", True, 1), ("I", False, 0)
_FINISH = {"max_tokens": "length", "model_length": "length"}


def recognises(path: Path, start: bytes) -> bool:
    """Return whether a file is a log: a zip file named .eval, or JSON."""
    return path.suffix == ".eval" or (path.suffix == ".json" and start.lstrip().startswith(b"{"))


def read(files: Sequence[Path]) -> IncomingSession:
    """Read logs as one session. Raises TransferError."""
    if find_spec("inspect_ai") is None:
        raise TransferError("logs of Inspect need inspect-ai", HOW_TO_INSTALL)
    logs = [_log(path) for path in files]
    keys = [side_key(log, _own(log).side) for log in logs]
    check_logs(logs, keys)
    sides = _sides(logs, keys)
    session = Session(
        0, _title(logs), min(log.eval.created for log in logs), _pair(logs), None, tuple(dict.fromkeys(sides.values()))
    )
    check_session(session, str(files[0]))
    reading = _Reading(logs, [sides[key] for key in keys])
    return IncomingSession(session, reading.answers(), reading.remarks)


def _log(path: Path) -> "EvalLog":
    from inspect_ai.log import read_eval_log

    try:
        return read_eval_log(str(path), resolve_attachments=True)
    except Exception as error:  # inspect-ai may raise anything
        reason = " ".join(str(error).split())[:200]
        raise TransferError(
            f"{path} cannot be read as an Inspect log: {reason}", "name a complete .eval or .json log"
        ) from error


class _DiptychLog(msgspec.Struct):
    """What diptych adds to its own logs."""

    title: str = ""
    pair: str = "imported"
    side: str | None = None


class _DiptychSample(msgspec.Struct):
    """What diptych adds to a sample of its own log; for other logs, values derived from the sample."""

    prompt: str
    condition: str | None
    sample: int
    state: State
    request: dict[str, Any]
    mode: Mode = msgspec.field(default="chat", name="form")
    prefill: str = ""


def _is_own(log: "EvalLog") -> bool:
    return isinstance((log.eval.metadata or {}).get("diptych"), dict)


def _own(log: "EvalLog") -> _DiptychLog:
    """Raises TransferError."""
    return _typed((log.eval.metadata or {})["diptych"], _DiptychLog, log.location) if _is_own(log) else _DiptychLog()


def _typed(value: Any, kind: type[_Struct], where: str) -> _Struct:
    try:
        return msgspec.convert(storable_json(value), kind)
    except (msgspec.ValidationError, RecursionError) as error:
        raise damaged_file(where, error) from error


def _title(logs: Sequence["EvalLog"]) -> str:
    return _own(logs[0]).title or "inspect: " + ", ".join(dict.fromkeys(log.eval.task for log in logs))


def _pair(logs: Sequence["EvalLog"]) -> str:
    return _own(logs[0]).pair


def _sides(logs: Sequence["EvalLog"], keys: Sequence[Key]) -> dict[Key, SideRecord]:
    """Return the record of each side, in order."""
    models = side_labels(logs, keys)
    sides = []
    for key in dict.fromkeys(keys):
        own = [log for log, each in zip(logs, keys, strict=True) if each == key]
        systems = {exchange_of(log, sample).system for log in own for sample in log.samples or ()}
        sides.append((key[0], models[key], own[0].eval.model_base_url, systems.pop() if len(systems) == 1 else None))
    return dict(zip(dict.fromkeys(keys), side_records(sides, "inspect"), strict=True))


class _Reading:
    """Reads the answers of logs while they are stored."""

    def __init__(self, logs: Sequence["EvalLog"], sides: Sequence[SideRecord]) -> None:
        self.remarks: list[str] = []
        self._logs = logs
        self._sides = sides
        self._exchanges: dict[tuple[str, int | str, str], int] = {}
        self._counts: Counter[str] = Counter()

    def answers(self) -> Iterator[tuple[Answer, Sequence[Label]]]:
        """Yield all answers; afterwards the remarks are complete. Raises TransferError."""
        conditions = _conditions(self._logs)
        for log, side in zip(self._logs, self._sides, strict=True):
            if log.status != "success":
                self.remarks.append(f"{Path(log.location).name} is incomplete: {log.status}")
            served = {sample.output.model for sample in log.samples or () if sample.output.model}
            if len(served) > 1:
                self.remarks.append(
                    f"{Path(log.location).name} has answers of several models: {', '.join(sorted(served))}"
                )
            for sample in log.samples or ():
                yield self._answer(log, sample, side, conditions[log.location]), ()
        for what, count in self._counts.items():
            self.remarks.append(f"{what}: {count}" + _REMAINDER.get(what, ""))
        if not self._exchanges:
            named = ", ".join(f"{log.location} (status: {log.status})" for log in self._logs)
            raise TransferError(f"there are no samples in {named}", "name logs with samples")

    def _answer(self, log: "EvalLog", sample: "EvalSample", side: SideRecord, condition: str) -> Answer:
        where = f"{log.location}, sample {sample.id!r}, epoch {sample.epoch}"
        asked = exchange_of(log, sample)
        used_tools = any(message.role == "tool" for message in sample.messages)
        self._counts[_TOOLS] += used_tools
        self._counts[_TURNS] += not used_tools and earlier_answer_count(sample) > 0
        self._counts[_CHOICES] += len(sample.output.choices) > 1
        failure = _failure(log, sample, asked)
        kept = _kept(log, sample, asked, condition, failure, where)
        question = kept.prompt if not _is_own(log) else ""
        key = (kept.condition or "", sample.id, question)
        # An answer that failed has nothing to score.
        scores = {} if failure is not None and not _is_own(log) else sample.scores or {}
        self._counts[_UNSCORED] += len(sample.scores or {}) - len(scores)
        self._counts = +self._counts
        choice = sample.output.choices[0] if sample.output.choices else None
        reason = choice.stop_reason if choice is not None else None
        usage = sample.output.usage
        answer = Answer(
            exchange=self._exchanges.setdefault(key, len(self._exchanges) + 1),
            side=side.name,
            prompt=kept.prompt,
            condition=kept.condition,
            sample=kept.sample,
            request=kept.request,
            state=kept.state,
            text=asked.text,
            finish_reason=_FINISH.get(reason, reason) if reason is not None else None,
            model=sample.output.model or None,
            usage=Usage(usage.input_tokens, usage.output_tokens) if usage is not None else None,
            ended_at=sample.total_time,
            failure=failure,
            findings=tuple(_finding(name, score, where) for name, score in scores.items()),
            mode=kept.mode,
            prefill=kept.prefill,
            reasoning=reasoning_in(sample.output),
        )
        check_answer(answer, (side.name,), where)
        return answer


_TOOLS, _CHOICES = "samples that used tools", "samples with several choices"
_TURNS = "samples in which the model answered several times"
_UNSCORED = "scores of failed answers, left out"
_REMAINDER = {
    _TOOLS: "; only the last answer of each is kept",
    _TURNS: "; only the last answer of each is kept, with the earlier ones as previous turns",
    _CHOICES: "; only the first of each is kept",
}


def _conditions(logs: Sequence["EvalLog"]) -> dict[str, str]:
    """Return the condition of each log by its location: its task, with the arguments that distinguish tasks of the
    same name."""
    found: dict[str, str] = {}
    for log in logs:
        spec = log.eval
        others = [other.eval.task_args for other in logs if other.eval.task == spec.task]
        names = {name for args in others for name in args if any(args.get(name) != o.get(name) for o in others)}
        arguments = ", ".join(
            f"{name}={' '.join(str(spec.task_args.get(name)).split())[:60]}" for name in sorted(names)
        )
        found[log.location] = f"{spec.task} ({arguments})" if arguments else spec.task
    return found


def _failure(log: "EvalLog", sample: "EvalSample", asked: Exchange) -> Failure | None:
    """Return why the answer of a sample does not count, or None."""
    if sample.error is not None:
        return Failure("imported", sample.error.message, sample.error.traceback)
    if asked.text or _is_own(log):
        return None
    if sample.limit is not None:
        return Failure(
            "imported", f"the sample reached its limit: {sample.limit.type}", "ask again with a higher limit"
        )
    reason = sample.output.choices[0].stop_reason if sample.output.choices else None
    if reason == "content_filter":
        return Failure("refused", "a filter of the provider stopped the answer", "ask in other words")
    return Failure("suspected", sample.output.error or "the log has an empty answer", "ask again")


def _kept(
    log: "EvalLog", sample: "EvalSample", asked: Exchange, condition: str, failure: Failure | None, where: str
) -> _DiptychSample:
    """Raises TransferError."""
    if _is_own(log):
        return _typed(sample.metadata, _DiptychSample, where)
    reason = sample.output.choices[0].stop_reason if sample.output.choices else None
    cut = reason in _FINISH or (sample.limit is not None and sample.limit.type in ("token", "time", "working"))
    state: State = "failed" if failure is not None else "cut" if cut else "done"
    request = {"model": log.eval.model, "messages": asked.sent, **request_parameters(log)}
    return _DiptychSample(asked.prompt, condition, sample.epoch - 1, state, storable_json(request))  # type: ignore[arg-type]


def _finding(name: str, score: "Score", where: str) -> Finding:
    """Return a score as a finding. A score that is neither right nor wrong is excluded; its number is kept if it is
    one."""
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
