"""The command `diptych`: arguments, configuration, and output."""
