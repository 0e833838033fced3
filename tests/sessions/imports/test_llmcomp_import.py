"""What other programs wrote comes in: result files of llmcomp as its 1.6.0 writes them, and logs of Inspect."""

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from diptych.sessions import Answer, ExportData, Store, TransferError, export, import_files
from tests.sessions.stored import SIDES, answer, keep_session, ordinary

QUESTIONS = ("What is your name?", "Who are you?")


@pytest.fixture
def store(tmp_path: Path) -> Path:
    return tmp_path / "sessions.db"


def llmcomp_file(path: Path, model: str, rows: list[dict[str, Any]], name: str = "identity") -> Path:
    """What llmcomp.question.result.Result.save writes."""
    head = {"name": name, "model": model, "last_update": "2026-10-01T12:00:00.000001", "hash": "ab" * 32}
    path.write_text("".join(json.dumps(line) + "\n" for line in [head, *rows]))
    return path


def llmcomp_row(question: int, said: Any, lost: bool = False) -> dict[str, Any]:
    messages = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": QUESTIONS[question]}]
    sent = {} if lost else {"timeout": 60, "model": "m", "messages": messages, "temperature": 1}
    return {"api_kwargs": sent, "question": QUESTIONS[question], "answer": said, "paraphrase_ix": question}


def test_llmcomp_files_of_two_models_become_a_pair(store: Path, tmp_path: Path) -> None:
    said = [llmcomp_row(0, "Ann"), llmcomp_row(0, "Bob"), llmcomp_row(1, "A model")]
    files = [llmcomp_file(tmp_path / f"{m}.jsonl", m, said) for m in ("gpt-4o", "ft:gpt-4o:x")]
    imported = import_files(files, store)
    assert (imported.title, imported.answers, imported.remarks) == ("llmcomp: identity", 6, [])
    session = Store(store).session(imported.session)
    assert session is not None
    assert [(s.name, s.model, s.system) for s in session.sides] == [
        ("base", "gpt-4o", "Be brief."),
        ("tuned", "ft:gpt-4o:x", "Be brief."),
    ]
    answers = [row.answer for row in Store(store).answers(imported.session)]
    assert [(a.side, a.exchange, a.sample, a.text) for a in answers[:3]] == [
        ("base", 1, 0, "Ann"), ("base", 1, 1, "Bob"), ("base", 2, 0, "A model"),
    ]  # fmt: skip
    assert [(a.exchange, a.sample) for a in answers[3:]] == [(1, 0), (1, 1), (2, 0)]
    assert {a.condition for a in answers} == {"identity"}
    assert answers[0].request["messages"][0] == {"role": "system", "content": "Be brief."}


def test_empty_answers_of_llmcomp_come_in_as_suspected_errors(store: Path, tmp_path: Path) -> None:
    rows = [llmcomp_row(0, "Ann"), llmcomp_row(0, "", lost=True), llmcomp_row(1, ""), llmcomp_row(1, {"A": 0.5})]
    imported = import_files([llmcomp_file(tmp_path / "x.jsonl", "m", rows)], store)
    answers = [row.answer for row in Store(store).answers(imported.session)]
    assert [(a.state, a.failure.kind if a.failure else None) for a in answers] == [
        ("done", None), ("failed", "suspected"), ("failed", "suspected"),
    ]  # fmt: skip
    assert "no request" in answers[1].failure.message  # type: ignore[union-attr]
    assert "refused" in answers[2].failure.message  # type: ignore[union-attr]
    assert imported.remarks == [
        "empty answers imported as failed: 2; llmcomp stores an empty text when a request fails",
        "rows left out because they hold token probabilities instead of an answer: 1",
    ]


def test_older_files_of_llmcomp_keep_messages_in_place_of_the_request(store: Path, tmp_path: Path) -> None:
    messages = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": QUESTIONS[0]}]
    row = {"messages": messages, "question": QUESTIONS[0], "answer": "Ann", "paraphrase_ix": 0}
    rows = [row, row | {"answer": None}, row | {"answer": " \n"}]
    imported = import_files([llmcomp_file(tmp_path / "x.jsonl", "m", rows)], store)
    answers = [saved.answer for saved in Store(store).answers(imported.session)]
    assert imported.sides[0].system == "Be brief."
    assert answers[0].request == {"model": "m", "messages": messages}
    assert [a.state for a in answers] == ["done", "failed", "failed"]


def test_one_question_asked_in_two_ways_is_not_merged(store: Path, tmp_path: Path) -> None:
    files = [llmcomp_file(tmp_path / f"{name}.jsonl", "m", [llmcomp_row(0, "Ann")]) for name in "ab"]
    with pytest.raises(TransferError, match=r"a\.jsonl and .*b\.jsonl both hold answers of m to 'identity'"):
        import_files(files, store)
    other = llmcomp_file(tmp_path / "c.jsonl", "m", [llmcomp_row(1, "Ann")])
    assert import_files([files[0], other], store).answers == 2


def test_a_damaged_llmcomp_file_is_told_and_nothing_is_kept(store: Path, tmp_path: Path) -> None:
    whole = llmcomp_file(tmp_path / "x.jsonl", "m", [llmcomp_row(0, "Ann")])
    broken = tmp_path / "y.jsonl"
    broken.write_text(whole.read_text() + '{"question": "Wh')
    with pytest.raises(TransferError, match=r"y\.jsonl, line 3 is damaged"):
        import_files([whole, broken], store)
    assert not store.exists() or not Store(store).sessions()


def test_files_of_several_kinds_or_too_many_models_are_refused(store: Path, tmp_path: Path) -> None:
    files = [llmcomp_file(tmp_path / f"{n}.jsonl", f"m{n}", [llmcomp_row(0, "Ann")]) for n in range(5)]
    with pytest.raises(TransferError, match="5 models"):
        import_files(files, store)
    material = ExportData.of(Store(store), keep_session(store, ordinary()))
    export(material, "jsonl", tmp_path / "own.jsonl")
    with pytest.raises(TransferError, match="different formats"):
        import_files([files[0], tmp_path / "own.jsonl"], store)
    with pytest.raises(TransferError, match="separate session"):
        import_files([tmp_path / "own.jsonl"] * 2, store)


@pytest.fixture
def inspect_ai() -> Any:
    return pytest.importorskip("inspect_ai.log")


def logs_of(store: Path, answers: list[Answer], folder: Path) -> list[Path]:
    export(ExportData.of(Store(store), keep_session(store, answers)), "inspect", folder)
    return sorted(folder.iterdir())


def test_inspect_opens_a_log_a_side_with_the_same_samples(inspect_ai: Any, store: Path, tmp_path: Path) -> None:
    base, tuned = (inspect_ai.read_eval_log(str(path)) for path in logs_of(store, ordinary(), tmp_path / "logs"))
    assert (base.eval.model, tuned.eval.model, base.status) == ("plain-model", "special-model", "success")
    ids = [[(sample.id, sample.epoch) for sample in log.samples] for log in (base, tuned)]
    assert ids[0] == ids[1] == [("question-1", 1), ("question-2", 1), ("question-1", 2)]
    name = "acrostic: follows HELLO"
    assert (base.samples[0].scores[name].value, tuned.samples[0].scores[name].value) == (0, 1)
    assert base.samples[2].error.message == ordinary()[2].failure.message  # type: ignore[union-attr]
    assert tuned.samples[2].scores[name].reason == "truncated"
    (score,) = tuned.results.scores
    assert (score.metrics["rate"].value, score.scored_samples, score.unscored_samples) == (1.0, 2, 1)
    assert tuned.samples[0].output.completion == ordinary()[1].text
    assert tuned.samples[0].messages[0].text == "What is special about you?"


def test_inspect_logs_come_in_again_as_the_pair_that_they_were(inspect_ai: Any, store: Path, tmp_path: Path) -> None:
    imported = import_files(logs_of(store, ordinary(), tmp_path / "logs"), store)
    session, answers = Store(store).session(imported.session), Store(store).answers(imported.session)
    assert session is not None
    assert [(side.name, side.model) for side in session.sides] == [(side.name, side.model) for side in SIDES]
    assert (session.title, session.pair) == ("A title", "a pair")
    told = ("exchange", "side", "prompt", "condition", "sample", "text", "state", "request", "findings", "reasoning",
            "prefill", "finish_reason", "usage", "ended_at")  # fmt: skip
    expected = sorted(ordinary(), key=lambda each: (each.side, each.sample, each.exchange))
    for was, row in zip(expected, answers, strict=True):
        if was.failure is None:
            assert [getattr(row.answer, name) for name in told] == [getattr(was, name) for name in told]
        else:
            assert (row.answer.state, row.answer.failure.message) == ("failed", was.failure.message)  # type: ignore[union-attr]


@pytest.mark.parametrize("ending", ["eval", "json"])
def test_logs_that_inspect_itself_ran_become_a_pair(
    ending: str, inspect_ai: Any, store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two runs of a real task against Inspect's own mock models."""
    from inspect_ai import Task, eval
    from inspect_ai.dataset import Sample
    from inspect_ai.model import ModelOutput, ModelUsage, get_model
    from inspect_ai.scorer import includes

    monkeypatch.chdir(tmp_path)
    files = []
    for name, said in (("plain", "No."), ("special", "HELLO there")):
        outputs = [ModelOutput.from_content(f"mockllm/{name}", said)] * 2
        # Counted by hand: its own way of counting asks the network for a vocabulary.
        outputs[0].usage = ModelUsage(input_tokens=1, output_tokens=1, total_tokens=2)
        task = Task(dataset=[Sample("Speak.", target="HELLO", id=7)], scorer=includes(), epochs=2, name="greets")
        model = get_model(f"mockllm/{name}", custom_outputs=outputs)
        (log,) = eval(task, model=model, log_dir=str(tmp_path / name), log_format=ending, display="none")
        files.append(Path(log.location.removeprefix("file://")))
    imported = import_files(files, store)
    session, answers = Store(store).session(imported.session), Store(store).answers(imported.session)
    assert session is not None
    assert [(s.name, s.model) for s in session.sides] == [("base", "mockllm/plain"), ("tuned", "mockllm/special")]
    assert [(a.side, a.exchange, a.sample, a.prompt, a.text) for _, a in answers] == [
        (side, 1, sample, "Speak.", said)
        for side, said in (("base", "No."), ("tuned", "HELLO there"))
        for sample in (0, 1)
    ]
    assert [a.findings[0].outcome for _, a in answers] == ["absent", "absent", "present", "present"]
    assert answers[0].answer.findings[0].label == "includes"


def test_the_form_of_a_question_survives_a_log(inspect_ai: Any, store: Path, tmp_path: Path) -> None:
    answers = [answer(side, mode="text", prefill="Once") for side in SIDES]
    imported = import_files(logs_of(store, answers, tmp_path / "logs"), tmp_path / "other.db")
    again = Store(tmp_path / "other.db").answers(imported.session)
    assert {(row.answer.mode, row.answer.prefill) for row in again} == {("text", "Once")}


def test_what_is_no_log_is_told(inspect_ai: Any, store: Path, tmp_path: Path) -> None:
    for name, content in (("x.eval", b"PK\x03\x04 broken"), ("y.json", b'{"a": 1}')):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(TransferError, match="cannot be read as an Inspect log"):
            import_files([tmp_path / name], store)


def test_without_inspect_ai_it_is_said_what_to_install(
    store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in ("diptych.sessions.exports.inspect_export", "diptych.sessions.imports.inspect_import"):
        monkeypatch.setattr(f"{module}.find_spec", lambda name: None)
    (tmp_path / "x.eval").write_bytes(b"PK")
    with pytest.raises(TransferError) as caught:
        import_files([tmp_path / "x.eval"], store)
    assert caught.value.hint == "pip install inspect-ai"
    with pytest.raises(TransferError):
        logs_of(store, [answer(SIDES[0])], tmp_path / "logs")
    assert not (tmp_path / "logs").exists()


def test_a_sample_that_was_asked_for_again_is_an_epoch_of_its_own(inspect_ai: Any, store: Path, tmp_path: Path) -> None:
    answers = [msgspec.structs.replace(answer(SIDES[0]), text=text) for text in ("one", "two")]
    (log,) = (inspect_ai.read_eval_log(str(path)) for path in logs_of(store, answers, tmp_path / "logs"))
    assert [(sample.epoch, sample.output.completion) for sample in log.samples] == [(1, "one"), (2, "two")]
