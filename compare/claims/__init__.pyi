from .claim_card import LEG_TITLES as LEG_TITLES
from .claim_card import ClaimCard as ClaimCard
from .claim_card import Leg as Leg
from .claim_card import LegName as LegName
from .claim_card import LegState as LegState
