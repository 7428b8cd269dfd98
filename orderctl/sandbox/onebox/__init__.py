"""The emulator of OneBox."""
