"""One widget a file, each named after what it shows; a .tcss beside each that needs dressing."""
