from .scheduler import Sampler as Sampler
from .scheduler import SamplingProgress as SamplingProgress
