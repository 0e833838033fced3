"""What is installed is the program's rooms, whole, and nothing else."""

import subprocess
import sys
from pathlib import Path
from zipfile import ZipFile

from tests.test_doors import ROOMS, ROOT


def test_a_wheel_holds_all_files_of_the_rooms_and_the_configuration(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(command, cwd=ROOT, capture_output=True, check=True, timeout=120)
    (wheel,) = tmp_path.glob("*.whl")
    inside = {name for name in ZipFile(wheel).namelist() if ".dist-info/" not in name}
    files = [path for room in ROOMS for path in (ROOT / room).rglob("*") if path.is_file()]
    kept = {str(path.relative_to(ROOT)) for path in files if "__pycache__" not in path.parts}
    assert inside == {f"diptych/{name}" for name in (*kept, "__init__.py", "config.toml")}
