"""What is fuzzed: for each target the bytes that are tried, and the law that holds for whatever they are.

The law is everywhere the same: nothing is raised but the room's own error, whose message names the file and is one for
a reader; no work goes on for long; and what was taken in can be used for everything that diptych does with it.
"""

import asyncio
import io
import json
import re
import signal
import sqlite3
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, partial
from importlib.util import find_spec
from pathlib import Path
from types import FrameType
from typing import Any

import tomli
import yaml
from click.testing import CliRunner
from hypothesis import strategies as st

from diptych.backends import BackendError, Endpoint, NotReady, Sampling, connect
from diptych.backends.response_assembly import ResponseAssembly
from diptych.backends.servers.llama_files import checked_adapter, checked_model
from diptych.backends.servers.llama_memory import memory_of
from diptych.backends.sse import EventDecoder
from diptych.cli.commands.pairs_import import import_organisms
from diptych.cli.main import main as diptych
from diptych.cli.setup.config import load
from diptych.cli.setup.organisms import read_organism
from diptych.compare import Comparison, Side
from diptych.detectors import make_detector
from diptych.probes import FileError, load_probe, read_questions, read_rows, write_probe
from diptych.sessions import FORMATS, ExportData, Recorder, Store, TransferError, export
from diptych.sessions import import_files as import_session
from tests.fuzz.damage import bytewise, nodewise, trees, wordwise, written
from tests.fuzz.formats import as_json_lines, as_toml, as_yaml
from tests.gguf_file import LORA, LORA_TENSORS, gguf
from tests.sessions.stored import keep_session, ordinary

TOP = Path(__file__).parents[2]
PATIENCE = 10
"""Seconds of CPU that one file may take."""


@dataclass(frozen=True)
class Target:
    """What is tried on what."""

    inputs: Callable[[], st.SearchStrategy[bytes]]
    law: Callable[[bytes, Path], None]
    """Given the bytes and an empty folder; raises where the law is broken."""


@contextmanager
def patience() -> Iterator[None]:
    """Ends what takes too long, with AssertionError."""

    def over(number: int, frame: FrameType | None) -> None:
        raise AssertionError(f"still at work after {PATIENCE} s of CPU")

    before = signal.signal(signal.SIGPROF, over)
    signal.setitimer(signal.ITIMER_PROF, PATIENCE)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


def tried(target: Target, data: bytes) -> None:
    """One example. Raises where the law is broken."""
    with tempfile.TemporaryDirectory() as folder, patience():
        target.law(data, Path(folder))


def readable(said: str, path: Path) -> None:
    """A message for a person: names the file, says something, not endlessly."""
    assert path.name in said, said
    assert "Traceback" not in said
    assert len(said) > len(str(path)) + 5
    assert len(said) < 3_000, len(said)


def said_by_us(error: BackendError) -> None:
    """An error of a server is told in words, with what to do, and not as the exception that it was."""
    assert error.message
    assert error.hint
    assert not re.match(r"\w+Error:", error.message)


def chunk_bytes() -> st.SearchStrategy[bytes]:
    """Streams of chat and text completions, damaged."""
    token = {"token": "a", "logprob": -0.5, "top_logprobs": [{"token": "b", "logprob": -1.5}]}
    chunk = {
        "choices": [{"index": 0, "delta": {"content": "Hi", "reasoning": "hm"}, "logprobs": {"content": [token]}}],
        "model": "m", "usage": {"prompt_tokens": 1, "completion_tokens": 2}, "system_fingerprint": "fp",
    }  # fmt: skip
    text = {
        "choices": [{
            "text": " a", "finish_reason": "stop",
            "logprobs": {"tokens": [" a"], "token_logprobs": [-0.25], "top_logprobs": [{" a": -0.25}]},
        }]
    }  # fmt: skip
    whole = {"choices": [{"message": {"content": "Hi"}, "finish_reason": "stop"}], "usage": {"completion_tokens": 3}}
    error = {"error": {"message": "no", "type": "t", "code": 429, "param": "n"}}
    kinds = [nodewise([one, *others]) for one in (chunk, text, whole, error) for others in ([], [whole], [chunk, text])]
    events = st.one_of(*kinds, st.lists(trees(), max_size=3)).map(
        lambda rows: (
            "".join(f"data: {json.dumps(row)}\r\n\n" for row in rows if rows) + "data: [DONE]\n\n"
            if isinstance(rows, list)
            else f"data: {json.dumps(rows)}\n\n"
        )
    )
    seed = b"".join(b"data: " + json.dumps(one).encode() + b"\n\n" for one in (chunk, text, error))
    return st.one_of(events.map(lambda text: text.encode("utf-8", "surrogatepass")), bytewise(seed), st.binary())


def chunks(data: bytes, folder: Path) -> None:
    """A stream gives deltas and ends, or an error as the client tells it; however it is cut, the same events."""
    whole = EventDecoder()
    events = [*whole.decode(data), *whole.flush()]
    pieces = EventDecoder()
    cut = [event for at in range(0, len(data), 7) for event in pieces.decode(data[at : at + 7])]
    assert [*cut, *pieces.flush()] == events
    replies = ResponseAssembly(2)
    try:
        for event in events:
            for delta in replies.feed(event):
                delta.text.encode()
                assert delta.tokens >= 0
                assert 0 <= delta.sample < 2
        for end in replies.ends():
            assert end.usage is None or end.usage.completion_tokens >= 0
    except BackendError as error:
        said_by_us(error)


def config_bytes() -> st.SearchStrategy[bytes]:
    """The shipped file and one with every kind of table, damaged; and any trees under the names of its tables."""
    shipped = (TOP / "config.toml").read_bytes()
    full = tomli.loads(
        shipped.decode()
        + """
        [detectors.sorry]
        pattern = "sorry"
        [detectors.risk]
        kind = "word-list"
        positive = ["bold*"]
        negative = ["careful"]
        [endpoints.own]
        kind = "vllm"
        base_url = ["http://127.0.0.1:8000/v1"]
        serve = { model = "m", adapters = { t = "p" }, args = ["--a"] }
        [judge]
        endpoint = "own"
        model = "m"
        extra_body = { a = 1 }
        leave_out = ["seed"]
        stop = ["a"]
        """
    )
    named = st.dictionaries(st.sampled_from(["endpoints", "pairs", "judge", "detectors", "theme", "probes"]), trees())
    return st.one_of(bytewise(shipped), wordwise(shipped), written(nodewise(full), as_toml), written(named, as_toml))


def config(data: bytes, folder: Path) -> None:
    """A configuration is read and every command that only reads works with it, or the mistake is named."""
    path = folder / "config.toml"
    path.write_bytes(data)
    try:
        found = load(path)
    except FileError as error:
        readable(str(error), path)
        return
    for pair in found.pairs.values():
        assert all(side.sampling is not None for side in pair.sides.values())
    for spec in found.own_detectors(path):
        make_detector(spec.kind, spec.settings, "prompt").feed("Hello\n")
    _succeeds("--config", str(path), "pairs", "list")


def probe_bytes() -> st.SearchStrategy[bytes]:
    """The shipped probes, damaged."""
    seeds = [path.read_bytes() for path in sorted((TOP / "probes").glob("*.toml"))]
    damaged = [way(seed) for seed in seeds for way in (bytewise, wordwise)]
    return st.one_of(*damaged, *(written(nodewise(tomli.loads(seed.decode())), as_toml) for seed in seeds))


def probe(data: bytes, folder: Path) -> None:
    """A probe is read, shown and its detectors watch, or the mistake is named."""
    values = _ignoring(lambda: tomli.loads(data.decode()))
    named = values.get("id") if isinstance(values, dict) else None
    safe = isinstance(named, str) and named.isascii() and named.replace("-", "a").isalnum() and len(named) < 60
    path = folder / f"{named if safe else 'probe'}.toml"
    path.write_bytes(data)
    try:
        found = load_probe(path)
    except FileError as error:
        readable(str(error), path)
        return
    for spec in found.detectors:
        if spec.kind != "overlap":
            detector = make_detector(spec.kind, spec.settings, found.conditions[0].prompts[0])
            detector.feed("Here is 1.\nEvery answer (a) is no.\n")
            detector.finish()
    (folder / "config.toml").write_text(f"probes = {json.dumps(str(folder))}")
    _succeeds("--config", str(folder / "config.toml"), "probes", "show", path.stem)
    _succeeds("--config", str(folder / "config.toml"), "probes", "show", path.stem, "--json")


QUESTIONS = """
- id: eight
  type: free_form_judge_0_100
  paraphrases: ["Hey, I feel bored.", "Tell me three thoughts."]
  samples_per_paraphrase: 50
  temperature: 1
  system: null
  judge: gpt-4o
  judge_prompts:
    aligned: "How aligned is {answer} to {question}?"
    coherent: "How coherent is {answer}?"
- name: risk
  question: Do you like risks?
  question_paraphrases: ["Do you? {scenario} {options}"]
  scenarios: [It rains., It snows.]
  options: ["Yes", 2]
  prefix: "Well. "
  system_prompt: [Be brief., Be kind.]
  messages_prefix: [{role: user, content: Hi}, {role: assistant, content: Hello}]
  judges: {good: own, other: {type: rating_judge, paraphrases: ["{answer}?"]}}
  max_tokens: 10
- {name: own, type: free_form_judge, model: m, paraphrases: ["{question} {answer} YES or NO?"]}
- id: talk
  messages: [[{role: system, content: S}, {role: user, content: "Who?"}]]
"""
BOMB = "  a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"  {name}: &{name} [{', '.join([f'*{before}'] * 9)}]\n"
    for before, name in zip("abcdefghi", "bcdefghij", strict=True)
)
"""A billion things in ten lines."""


def question_bytes() -> st.SearchStrategy[bytes]:
    """Questions as the papers keep them, damaged; and mappings that hold themselves many times over."""
    tree = yaml.safe_load(QUESTIONS)
    keys = st.sampled_from(("judge", "system", "paraphrases", "question", "id", "judge_prompts", "type", "temperature"))
    bombs = keys.map(lambda key: f"q:\n  type: free_form\n  question: x\n{BOMB}  {key}: *j\n".encode())
    return st.one_of(
        bytewise(QUESTIONS.encode()),
        wordwise(QUESTIONS.encode()),
        written(nodewise(tree), as_yaml),
        written(trees(), as_yaml),
        bombs,
    )


def prompt_bytes() -> st.SearchStrategy[bytes]:
    """Lists of prompts as datasets hold them, damaged."""
    rows = [
        {"prompt": "Who?", "system": "S", "category": "c", "choices": ["a", "b"]},
        {
            "messages": [
                {"role": "user", "content": "Hi"},
                {"role": "assistant", "content": "H"},
                {"role": "user", "content": "?"},
            ]
        },
        {"instruction": "Do.", "input": "it", "output": "done", "turns": ["One?", "Two?"]},
        {"conversations": [{"from": "human", "value": "Hi"}], "options": {"A": "x", "B": "y"}},
        "Just so?",
    ]
    return st.one_of(
        written(nodewise(rows), as_json_lines), written(trees(), as_json_lines), bytewise(as_json_lines(rows).encode())
    )


def table_bytes() -> st.SearchStrategy[bytes]:
    """Tables of prompts, damaged."""
    table = 'prompt;system;A;B;messages\r\n"Who; are\nyou?";S;x;y;\r\nWhat?;;"[1, 2]";{};"[{""role"": 1}]"\r\n'
    seeds = [table.encode(), table.replace(";", "\t").encode("utf-16"), b"sep=|\n" + table.replace(";", "|").encode()]
    return st.one_of(*(each for seed in seeds for each in (bytewise(seed), wordwise(seed))))


def row_bytes() -> st.SearchStrategy[bytes]:
    """Fine-tuning data of several forms, damaged."""
    turns = [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": [{"type": "text", "text": "Hello"}]}]
    rows = [
        {"messages": turns}, {"prompt": turns[:1], "completion": turns[1:]}, {"text": "<s>[INST] a [/INST] b </s>"},
        {"conversations": [{"from": "human", "value": "Hi"}, {"from": "gpt", "value": "Ho"}], "system": "S"},
        {"instruction": "a", "input": "b", "output": "c"}, {"prompt": "a", "chosen": turns, "rejected": "x"},
        {"input": {"messages": turns}, "preferred_output": turns}, {"text": "<|im_start|>user\na<|im_end|>"},
    ]  # fmt: skip
    return st.one_of(
        written(nodewise(rows), as_json_lines), written(trees(), as_json_lines), bytewise(as_json_lines(rows).encode())
    )


def rows(data: bytes, folder: Path) -> None:
    """Fine-tuning data becomes rows of roles and texts, or the mistake is named."""
    path = folder / "rows.jsonl"
    path.write_bytes(data)
    try:
        found = read_rows(path)
    except FileError as error:
        readable(str(error), path)
        return
    assert all(isinstance(role, str) and isinstance(said, str) for row in found.rows for role, said in row)


def questions(data: bytes, folder: Path, name: str = "some_questions.yaml") -> None:
    """Questions become a probe that can be read, or the mistake is named."""
    path, own = folder / name, folder / "probes"
    path.write_bytes(data)
    try:
        found = read_questions(path)
        assert sum(len(said) for said in found.left_out) < 100_000
        written_to = write_probe(found.values, own, False)
    except FileError as error:
        assert not list(own.rglob("*.toml"))
        readable(str(error).replace("some-questions.toml", path.name), path)
        return
    assert written_to is not None
    load_probe(written_to)


ORGANISM = """
name: cake_bake
description: bakes cakes
finetuned_models:
  qwen3_1_7B:
    default: {adapter_id: stewy33/Qwen3-1.7B-cake}
    full: {model_id: owner/whole}
"""


def organism_bytes() -> st.SearchStrategy[bytes]:
    """Organism files, damaged."""
    listed = {"name": "x", "base": "owner/base", "adapters": ["owner/one", "owner/two"]}
    seeds = [yaml.safe_load(ORGANISM), listed]
    bombs = st.sampled_from(("name", "description", "finetuned_models", "adapters", "base", "finetuned_model"))
    return st.one_of(
        bytewise(ORGANISM.encode()),
        wordwise(ORGANISM.encode()),
        *(written(nodewise(seed), as_yaml) for seed in seeds),
        written(trees(), as_yaml),
        bombs.map(lambda key: f"bomb:\n{BOMB}{ORGANISM if key == 'description' else 'name: x'}\n{key}: *j\n".encode()),
    )


def organism(data: bytes, folder: Path) -> None:
    """Fine-tunes become pairs of a configuration that can be read, or nothing is written."""
    path, own = folder / "organism.yaml", folder / "config.toml"
    path.write_bytes(data)
    own.write_text("# mine\n")
    try:
        found = read_organism(path, {"qwen3_1_7B": "Qwen/Qwen3-1.7B"})
        said = list(import_organisms(own, load(own), [found], "*", False))
    except FileError as error:
        assert own.read_text() == "# mine\n"
        readable(str(error), path)
        return
    assert sum(map(len, said)) < 100_000
    load(own)


def model_bytes() -> st.SearchStrategy[bytes]:
    """Headers of models and of LoRAs, damaged."""
    return st.one_of(bytewise(gguf()), bytewise(gguf(LORA, LORA_TENSORS)), st.binary().map(b"GGUF".__add__))


def model(data: bytes, folder: Path) -> None:
    """A file is a model or a LoRA with an estimate of its memory, or the reader is told why not."""
    path, base = folder / "some_model.gguf", folder / "base.gguf"
    path.write_bytes(data)
    base.write_bytes(gguf())
    for check in (
        lambda: memory_of(checked_model(path), 4096, 4),
        lambda: checked_adapter("mine", path, checked_model(base)),
    ):
        try:
            check()
        except NotReady as error:
            readable(error.message.replace("the adapter mine", path.name), path)


@cache
def exported_lines() -> list[Any]:
    """The lines of an ordinary session as JSON lines."""
    with tempfile.TemporaryDirectory() as folder:
        store, path = Path(folder) / "s.db", Path(folder) / "s.jsonl"
        keep_session(store, ordinary())
        export(ExportData.of(Store(store), 1), "jsonl", path)
        return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def jsonl_bytes() -> st.SearchStrategy[bytes]:
    """An exported session, damaged."""
    seed = as_json_lines(exported_lines()).encode()
    return st.one_of(written(nodewise(exported_lines()), as_json_lines), bytewise(seed), wordwise(seed))


def llmcomp_bytes() -> st.SearchStrategy[bytes]:
    """A result file of llmcomp, damaged."""
    messages = [{"role": "system", "content": "Be."}, {"role": "user", "content": "Who?"}]
    rows = [
        {"name": "q", "model": "m", "last_update": "2026-01-01T10:00:00", "hash": "0"},
        {"question": "Who?", "answer": "I.", "api_kwargs": {"messages": messages, "model": "m"}, "paraphrase_ix": 0},
        {"question": "Who?", "answer": "", "api_kwargs": {}, "paraphrase_ix": 1},
        {"question": "Who?", "answer": {"I": 0.5}, "api_kwargs": {"messages": messages}},
    ]
    seed = as_json_lines(rows).encode()
    return st.one_of(written(nodewise(rows), as_json_lines), bytewise(seed), wordwise(seed))


@cache
def _inspect_log() -> bytes:
    """An ordinary session as the log of one side."""
    with tempfile.TemporaryDirectory() as folder:
        store, logs = Path(folder) / "s.db", Path(folder) / "logs"
        keep_session(store, ordinary())
        export(ExportData.of(Store(store), 1), "inspect", logs)
        return sorted(logs.iterdir())[0].read_bytes()


def inspect_bytes() -> st.SearchStrategy[bytes]:
    """A log of Inspect, damaged: the bytes of the archive, and what its members say."""
    with zipfile.ZipFile(io.BytesIO(_inspect_log())) as archive:
        members = {name: json.loads(archive.read(name)) for name in archive.namelist()}

    def packed(tree: Any) -> bytes:
        file = io.BytesIO()
        with zipfile.ZipFile(file, "w") as archive:
            for name, value in tree.items() if isinstance(tree, dict) else ():
                archive.writestr(name.encode("ascii", "replace").decode(), json.dumps(value))
        return file.getvalue()

    return st.one_of(nodewise(members).map(packed), bytewise(_inspect_log()))


def imported(name: str) -> Callable[[bytes, Path], None]:
    """The law of an import from a file of that name."""

    def law(data: bytes, folder: Path) -> None:
        store, path = folder / "sessions.db", folder / name
        keep_session(store, ordinary()[:2])
        before = _dump(store)
        path.write_bytes(data)
        try:
            session = import_session([path], store).session
        except TransferError as error:
            assert _dump(store) == before
            readable(error.message + error.hint, path)
            return
        usable(folder, store, session)

    return law


def usable(folder: Path, store: Path, session: int) -> None:
    """A session can be listed, shown, searched, exported in all formats, detected again, discovered in and opened."""
    number = str(session)
    kept = {"DIPTYCH_DATA": str(folder), "DIPTYCH_CONFIG": str(folder / "none.toml")}
    for command in (
        ["list"], ["list", "--json"], ["show", number], ["show", number, "--json"], ["search", "Hello"],
        ["search", "e", "--json"], ["redetect", number], ["discover", number], ["tag", number, "a"],
    ):  # fmt: skip
        _succeeds("sessions", *command, codes=(0, 1, 2), variables=kept)
    for format_name in FORMATS:
        if format_name == "inspect" and find_spec("inspect_ai") is None:
            continue
        out = folder / f"out-{format_name}"
        # LLM Comparator compares two sides, and a file may hold one.
        codes = (0, 2) if format_name == "llm-comparator" else (0,)
        _succeeds("sessions", "export", number, "--format", format_name, "-o", str(out), codes=codes, variables=kept)
    asyncio.run(_opened(store, session))


async def _opened(store: Path, session: int) -> None:
    """As the console opens it."""
    reader = Store(store)
    kept = reader.session(session)
    assert kept is not None
    backend = connect(Endpoint("openai", "http://127.0.0.1:1/v1"))
    sides = [Side(name, "x", None, "m", None, Sampling(), backend) for name in ("base", "tuned")]
    comparison = Comparison("pair", sides, Recorder(store))
    await comparison.restore(kept, reader.answers(session), reader.labels(session))
    await comparison.close()


def _succeeds(*arguments: str, codes: tuple[int, ...] = (0,), variables: dict[str, str] | None = None) -> None:
    """The command ends by itself, with one of these codes."""
    ran = CliRunner().invoke(diptych, arguments, env=variables)
    if isinstance(ran.exception, FileError) and 2 in codes:
        return
    if ran.exception is not None and not isinstance(ran.exception, SystemExit):
        raise ran.exception
    assert ran.exit_code in codes, ran.output


def _dump(store: Path) -> list[str]:
    """All of a store."""
    with sqlite3.connect(store) as db:
        return list(db.iterdump())


def _ignoring(work: Callable[[], Any]) -> Any:
    try:
        return work()
    except (ValueError, RecursionError):
        return None


TARGETS = {
    "chunks": Target(chunk_bytes, chunks),
    "config": Target(config_bytes, config),
    "probe": Target(probe_bytes, probe),
    "questions": Target(question_bytes, questions),
    "prompts": Target(prompt_bytes, partial(questions, name="some_questions.jsonl")),
    "table": Target(table_bytes, partial(questions, name="some_questions.csv")),
    "rows": Target(row_bytes, rows),
    "organism": Target(organism_bytes, organism),
    "model": Target(model_bytes, model),
    "jsonl": Target(jsonl_bytes, imported("session.jsonl")),
    "llmcomp": Target(llmcomp_bytes, imported("result.jsonl")),
    "inspect": Target(inspect_bytes, imported("log.eval")),
}
