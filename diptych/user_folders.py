"""Where diptych keeps what is the user's."""

import os
from pathlib import Path


def data_folder() -> Path:
    """The folder of the user's data: DIPTYCH_DATA, or the platform's data folder."""
    from platformdirs import user_data_path

    named = os.environ.get("DIPTYCH_DATA")
    return Path(named) if named else user_data_path("diptych", appauthor=False)
