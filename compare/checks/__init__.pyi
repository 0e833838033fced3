from .context_length import ContextNeed as ContextNeed
from .divergence import Divergence as Divergence
from .divergence import Likelihoods as Likelihoods
