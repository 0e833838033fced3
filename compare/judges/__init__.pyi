from .judge import FAILED as FAILED
from .judge import JUDGE as JUDGE
from .judge import Judge as Judge
from .judge import Spent as Spent
from .judge import is_verdict as is_verdict
from .judge_batch import JudgingProgress as JudgingProgress
from .judge_batch import judged as judged
