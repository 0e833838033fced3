from .app import DiptychApp as DiptychApp
from .asciicast import Cast as Cast
from .demo_app import DemoApp as DemoApp
from .demo_scenes import scenes as scenes
from .sanitized_text import visible as visible
from .screens.sessions_screen import Chosen as Chosen
from .theme import THEME_NOTE as THEME_NOTE
