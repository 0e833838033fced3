"""The engine of the console: a session on the screen, the commands that change it, and its replay."""
