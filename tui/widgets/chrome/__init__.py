"""Head, footer, dialogs and lists that every screen has."""
