"""The engine of the console: questions one by one, more samples, replay."""
