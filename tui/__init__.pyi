from .app import DiptychApp as DiptychApp
from .asciicast import Cast as Cast
from .screens.sessions_screen import Chosen as Chosen
from .shown_inert import visible as visible
from .theme import THEME_NOTE as THEME_NOTE
