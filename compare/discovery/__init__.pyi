from .discover import discoveries_of_run as discoveries_of_run
