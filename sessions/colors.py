"""The colours of sides and findings in the console and in reports.

They are those of Okabe and Ito, "Color universal design" (2008), which colour-blind eyes tell apart. On white they are
darkened until they can be read.
"""

SIDE_COLORS_DARK = ("#56B4E9", "#E69F00", "#009E73", "#999999")
"""On a dark ground, in the order of SIDE_NAMES."""
SIDE_COLORS_LIGHT = ("#0072B2", "#A85A00", "#00724F", "#595959")
"""On a light ground."""
PATTERN_COLOR, DESCRIPTION_COLOR = "#F0E442", "#CC79A7"
"""The two kinds of finding."""
PATTERN_INK_LIGHT, DESCRIPTION_INK_LIGHT = "#6B5E00", "#9A3F75"
"""The same as lines and letters on a light ground."""
