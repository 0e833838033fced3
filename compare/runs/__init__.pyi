from .missing_answers import AnswerSource as AnswerSource
from .scheduler import Sampler as Sampler
from .scheduler import SamplingProgress as SamplingProgress
