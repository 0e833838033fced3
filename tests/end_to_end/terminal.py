"""A real terminal: tmux, with the installed command in it."""

import os
import re
import subprocess
import sys
import tempfile
import uuid
from pathlib import Path

from tests.waiting import wait_until_sync

DIPTYCH = str(Path(sys.executable).parent / "diptych")


class Terminal:
    """A tmux server of its own."""

    def __init__(self, width: int = 120, height: int = 34, record: Path | None = None) -> None:
        """`record`: a file that gets each byte that is written to the terminal."""
        self._record = record
        self._socket = f"diptych-{uuid.uuid4().hex}"
        self._size = ["-x", str(width), "-y", str(height)]

    def start(self, config: str, *arguments: str, **variables: str) -> None:
        """Start diptych with this configuration."""
        Path(os.environ["DIPTYCH_CONFIG"]).write_text(config)
        names = {
            **variables,
            "DIPTYCH_DATA": os.environ["DIPTYCH_DATA"],
            "DIPTYCH_CONFIG": os.environ["DIPTYCH_CONFIG"],
        }
        given = [f"{key}={value}" for key, value in names.items()]
        command = ["env", "-u", "COLUMNS", "-u", "LINES", "COLORTERM=truecolor", *given, DIPTYCH, *arguments]
        shell = " ".join(f"'{part}'" for part in command) + "; echo EXIT $?; exec sleep 1000"
        self.show(shell)

    def show(self, shell: str) -> None:
        """Run this in it."""
        recorded = ["pipe-pane", "-t", "t", f"cat > '{self._record}'", ";"] if self._record is not None else []
        allowed = ["set-option", "-s", "set-clipboard", "on"]
        # In one call: nothing is read of the terminal before all is set.
        self._tmux("new-session", "-d", *self._size, "-s", "t", shell, ";", *recorded, *allowed)

    def resize(self, width: int, height: int) -> None:
        self._tmux("resize-window", "-t", "t", "-x", str(width), "-y", str(height))

    def press(self, *keys: str) -> None:
        self._tmux("send-keys", "-t", "t", *keys)

    def type(self, text: str) -> None:
        self._tmux("send-keys", "-t", "t", "-l", text)

    def paste(self, sent: bytes, bracketed: bool = True) -> None:
        """What the terminal sends when this is pasted; `bracketed`: as the console has asked for it, between marks."""
        with tempfile.NamedTemporaryFile() as file:
            file.write(b"\x1b[200~" + sent + b"\x1b[201~" if bracketed else sent)
            file.flush()
            # Unlike with -p, and without -r, tmux sends just these bytes.
            self._tmux("load-buffer", file.name, ";", "paste-buffer", "-r", "-t", "t")

    def screen(self, *options: str) -> str:
        return self._tmux("capture-pane", "-p", *options, "-t", "t")

    def state(self, name: str) -> str:
        """What tmux says of its terminal, as by `tmux display-message`."""
        return self._tmux("display-message", "-p", "-t", "t", f"#{{{name}}}").strip()

    def clipboard(self) -> str:
        """What a program has put into tmux's buffers."""
        return self._tmux("list-buffers")

    def wait(self, pattern: str, seconds: float = 60) -> str:
        """The screen as soon as it holds the pattern."""
        seen = ""

        def there() -> bool:
            nonlocal seen
            seen = self.screen()
            return re.search(pattern, seen) is not None

        try:
            wait_until_sync(there, seconds=seconds)
        except TimeoutError:
            raise AssertionError(f"{pattern!r} did not appear:\n{seen}") from None
        return seen

    def pid(self) -> int:
        """The process of the console."""
        shell = self._tmux("display-message", "-p", "-t", "t", "#{pane_pid}").strip()
        return int(subprocess.run(["pgrep", "-P", shell], capture_output=True, text=True, check=True).stdout.split()[0])

    def close(self) -> None:
        self._tmux("kill-server")

    def _tmux(self, *arguments: str) -> str:
        command = ["tmux", "-L", self._socket, "-f", "/dev/null", *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout
