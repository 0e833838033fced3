"""The commands of `diptych`."""
