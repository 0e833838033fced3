from .app import DiptychApp as DiptychApp
from .asciicast import Cast as Cast
from .drafts import DRAFT_NOTE as DRAFT_NOTE
from .sanitized_text import visible as visible
from .screens.sessions_screen import Chosen as Chosen
from .theme import THEME_NOTE as THEME_NOTE
from .tips import TIPS_NOTE as TIPS_NOTE
