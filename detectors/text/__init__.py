"""How detectors read a text: lines, sentences, code blocks, tagged sections, runs of words."""
