"""How the reader is made: its rows, its training, its figures."""
