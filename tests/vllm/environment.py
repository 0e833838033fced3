"""A real vLLM server for the tests: python -m tests.vllm.environment.

Makes, once, an environment with the CPU build of vLLM and a checkpoint of the embedded pair, in a folder of the user's
cache (or DIPTYCH_VLLM_CACHE). The folder is named after the files that it is made from: a change makes a new one.
"""

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

import platformdirs

from diptych.backends.servers import weights

HERE = Path(__file__).parent
SOURCES = ("requirements.lock", "checkpoint.py")
TORCH = "torch==2.13.0"


def folder() -> Path:
    """Where the environment is or will be."""
    digest = hashlib.sha256(b"".join((HERE / name).read_bytes() for name in SOURCES)).hexdigest()[:12]
    root = os.environ.get("DIPTYCH_VLLM_CACHE") or platformdirs.user_cache_path("diptych-tests")
    return Path(root) / f"vllm-{digest}"


def python() -> Path:
    """The interpreter that has vLLM."""
    return folder() / "venv" / "bin" / "python"


def model(name: str) -> Path:
    """A checkpoint or adapter: base, hello, wide or none."""
    return folder() / "models" / name


def ready() -> bool:
    """Whether everything was made."""
    return (folder() / "complete").exists()


def make() -> None:
    """Make it unless it is there. What a build that was interrupted has left is removed; two do not build at once."""
    folder().parent.mkdir(parents=True, exist_ok=True)
    with (folder().parent / f"{folder().name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if ready():
            return
        if folder().exists():
            shutil.rmtree(folder())
        _build()
        (folder() / "complete").touch()


def _build() -> None:
    subprocess.run([sys.executable, "-m", "venv", folder() / "venv"], check=True)
    pip = [python(), "-m", "pip", "install", "-q", "--disable-pip-version-check", "--progress-bar", "off"]
    subprocess.run([*pip, TORCH], check=True)
    subprocess.run([*pip, "--no-deps", "--require-hashes", "-r", HERE / "requirements.lock"], check=True)
    adapter = weights.ADAPTERS["hello"]
    script = [python(), HERE / "checkpoint.py", weights.base_file(), adapter, folder() / "models"]
    done = subprocess.run(script, check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode != 0:
        sys.exit(f"the checkpoint could not be made:\n{done.stdout}")


if __name__ == "__main__":
    make()
    print(folder())
