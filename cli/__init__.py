"""The command `diptych`: arguments, configuration and wiring."""
