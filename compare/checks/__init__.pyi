from .answer_scoring import AnswerScoring as AnswerScoring
from .context_length import ContextNeed as ContextNeed
from .context_length import context_needs as context_needs
from .divergence import Divergence as Divergence
from .divergence import Likelihoods as Likelihoods
