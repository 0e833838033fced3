"""Hostile text in what commands print, and in the store, which keeps it as it came."""

import json
import os
import pty
import subprocess
from pathlib import Path

from diptych.sessions import visible
from tests.hostile.conftest import DIPTYCH, Folder, Kept, question
from tests.hostile.items import NAME, is_formula
from tests.hostile.server import HostileServer, listening

FLOOD = "a" + "\u0301" * 1000


def on_a_terminal(folder: Folder, *arguments: str, typed: bytes = b"") -> str:
    """What a command writes to a terminal."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [DIPTYCH, *arguments], env=folder.environment, stdin=theirs, stdout=theirs, stderr=theirs
    )
    os.close(theirs)
    os.write(ours, typed)
    seen = b""
    while piece := _read(ours):
        seen += piece
    process.wait(60)
    os.close(ours)
    return seen.decode().replace("\r\n", "\n")


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65536)
    except OSError:  # how Linux says that the other end is closed
        return b""


def test_what_came_is_kept_as_it_came(kept: Kept) -> None:
    assert kept.printed.returncode == 0, kept.printed.stderr.decode()
    answers = [row.answer for row in kept.folder.store.answers(1)]
    assert len(answers) == 2 * len(kept.items)
    by_prompt = {question(item): item.text for item in kept.items}
    assert [answer.text for answer in answers] == [by_prompt[answer.prompt] for answer in answers]
    assert {answer.prompt for answer in answers} == set(by_prompt)
    assert {(answer.state, answer.model, answer.request["model"]) for answer in answers} == {("done", NAME, NAME)}


def test_a_run_prints_nothing_that_acts(kept: Kept) -> None:
    assert visible(NAME) in kept.printed.stdout.decode()
    assert not is_formula((kept.printed.stdout + kept.printed.stderr).decode())


def test_each_answer_is_shown_in_lines_that_are_not_ours(kept: Kept) -> None:
    lines = kept.folder.prints("sessions", "show", "1").split("\n")
    for item in kept.items:
        said = [f"    {line}" for line in visible(item.text).split("\n")]
        assert any(lines[at : at + len(said)] == said for at, line in enumerate(lines) if line == said[0]), item.id
    # The answers begin with their numbers, after the measures.
    answers = lines[next(at for at, line in enumerate(lines) if line.startswith("[")) :]
    ours = [line for line in answers if line and not line.startswith("    ")]
    assert len(ours) == 2 * len(kept.items) + sum(line.startswith("  ○ ") for line in ours)


def test_json_holds_every_text_and_nothing_that_acts(kept: Kept) -> None:
    document = json.loads(kept.folder.prints("sessions", "show", "1", "--json"))
    assert {answer["text"] for answer in document["answers"]} == {item.text for item in kept.items}
    (listed,) = json.loads(kept.folder.prints("sessions", "list", "--json"))
    assert listed["title"].startswith(NAME)


def test_a_list_has_one_line_a_session(kept: Kept) -> None:
    printed = kept.folder.prints("sessions", "list")
    assert printed.count("\n") == 1
    assert visible(NAME) in printed


def test_each_answer_is_found_by_its_mark(kept: Kept) -> None:
    for item in kept.items[::10]:
        printed = kept.folder.prints("sessions", "search", item.mark)
        assert printed.count("\n") == 1
        assert f"»{item.mark}«" in printed
        (hit,) = json.loads(kept.folder.prints("sessions", "search", item.mark, "--json"))
        assert hit["hit"] == item.mark
    assert kept.folder.call("sessions", "search", "'; DROP TABLE answers; -- %_\x1b[31m\x00") == (1, "", "")


def test_other_commands_print_nothing_that_acts(kept: Kept, copied: Folder) -> None:
    for command in (
        ("sessions", "discover", "1"), ("sessions", "discover", "1", "--json"), ("sessions", "redetect", "1"),
        ("pairs", "list"), ("pairs", "list", "--json"), ("probes", "list"), ("probes", "list", "--json"),
        ("probes", "show", "hostile"), ("probes", "show", "hostile", "--json"),
    ):  # fmt: skip
        assert copied.prints(*command)


def test_titles_tags_notes_and_labels(copied: Folder) -> None:
    given = f"{NAME}\n{FLOOD} 漢字 🇩🇪 ../../etc"
    for command in (("rename", "1"), ("tag", "1"), ("note", "1"), ("label", "1")):
        copied.prints("sessions", *command, given)
    assert copied.store.session(1).title == given  # type: ignore[union-attr]
    for command in (("show", "1"), ("list",), ("show", "1", "--json"), ("list", "--json")):
        printed = copied.prints("sessions", *command)
        assert command[-1] == "--json" or visible(NAME) in printed


def test_words_of_the_command_line_that_are_no_text(copied: Folder) -> None:
    given = os.fsdecode(b"cut \xff short")
    for command in (("rename", "1"), ("tag", "1"), ("note", "1"), ("label", "1")):
        copied.prints("sessions", *command, given)
    assert copied.store.session(1).title == "cut \ufffd short"  # type: ignore[union-attr]
    assert copied.call("sessions", "search", given) == (1, "", "")
    with listening(HostileServer()) as url:
        copied.write(url, ["item 1"])
        copied.prints("run", "hostile", "-n", "1", "--session", given)
    assert copied.store.session(2).title == "cut \ufffd short"  # type: ignore[union-attr]


def test_errors_of_servers_and_names_of_files(tmp_path: Path) -> None:
    folder = Folder(tmp_path / NAME.replace("/", "_"))
    with listening(HostileServer()) as url:
        folder.write(url, ["fail"])
        code, out, err = folder.call("run", "hostile", "-n", "1", "--json")
        checked = folder.call("pairs", "check")
    assert (code, is_formula(out + err)) == (1, set())
    assert visible(f"cannot {NAME}") in err
    assert json.loads(out)["sides"]["base"]["errors"] == 1
    assert not is_formula(checked[1] + checked[2])
    assert visible(NAME) in checked[1]
    assert visible(NAME) in folder.prints("sessions", "show", "1")
    for command in (
        ("--pair", f"no {NAME}", "run", "hostile"), ("run", f"no {NAME}"), ("probes", "show", f"no {NAME}"),
        ("--config", f"no {NAME}", "pairs", "list"), ("sessions", "show", NAME), (NAME,), (f"--{NAME}",),
        ("sessions", "import", f"no {NAME}"), ("probes", "import", f"no {NAME}"), ("pairs", "import", f"no {NAME}"),
        ("sessions", "export", "1", "--format", "csv", "-o", f"/nowhere/{NAME}"),
        ("sessions", "backup", f"/nowhere/{NAME}"),
        ("sessions", "export", "1", "--format", NAME, "-o", "x"),
    ):  # fmt: skip
        code, out, err = folder.call(*command)
        assert (code, out, err.count("\n"), is_formula(err)) == (2, "", 1, set()), command


def test_a_broken_configuration_is_told_of_in_one_line(tmp_path: Path) -> None:
    for broken in (
        f"{NAME} = 1",
        '[pairs."\\u001b[31m\\u202e"]\nbase = 1',
        'default_pair = "\\u001b]0;x\\u0007"',
        "\x00",
        'x = "\ud800',
    ):
        (tmp_path / "config.toml").write_bytes(broken.encode(errors="surrogatepass"))
        code, out, err = Folder(tmp_path).call("pairs", "list")
        assert (code, out, err.count("\n"), is_formula(err)) == (2, "", 1, set()), broken


def test_on_a_terminal_only_our_own_marks_act(kept: Kept, copied: Folder) -> None:
    item = kept.items[len(kept.items) // 2]
    seen = on_a_terminal(copied, "sessions", "search", item.mark)
    assert f"\x1b[1;7m{item.mark}\x1b[0m" in seen
    assert not is_formula(seen.replace("\x1b[1;7m", "").replace("\x1b[0m", ""))
    assert not is_formula(on_a_terminal(copied, "sessions", "show", "1"))
    assert not is_formula(on_a_terminal(copied, "sessions", "list"))
    asked = on_a_terminal(copied, "sessions", "delete", "1", typed=b"n\n")
    assert visible(NAME) in asked
    assert not is_formula(asked)
