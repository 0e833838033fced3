"""What detectors read a text with: lines, sentences, code blocks, sections, word runs."""
