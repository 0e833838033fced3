"""The Python API, which `import diptych` gives: the same code as the command."""
