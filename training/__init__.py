"""Makes the embedded fine-tuned copies. The program imports nothing from here."""
