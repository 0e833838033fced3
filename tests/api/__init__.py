"""The Python API: `import diptych`."""
