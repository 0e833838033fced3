from .app import DiptychApp as DiptychApp
from .asciicast import Cast as Cast
from .sanitized_text import visible as visible
from .screens.sessions_screen import Chosen as Chosen
from .theme import THEME_NOTE as THEME_NOTE
