"""Where questions are typed."""
