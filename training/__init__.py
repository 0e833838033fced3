"""How the embedded fine-tuned copy is made; nothing here is imported by the program."""
