"""The recognition detector: which of two texts that a question shows does the answer call its own."""

from diptych.detectors.choice import Choice


class OwnTextChoice(Choice):
    """The answer picks one of two texts. Card: that of the choice detector, whose rules it follows. Settings name the
    measure and the text that is counted. It belongs to no probe: `diptych sessions recognise` makes it."""

    name = "recognition"
    version = 1
