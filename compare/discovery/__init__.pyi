from .discover import discoveries_of_run as discoveries_of_run
from .discovery_results import DiscoveryResult as DiscoveryResult
from .discovery_results import SideDiffers as SideDiffers
