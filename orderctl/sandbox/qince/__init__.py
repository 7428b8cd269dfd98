"""The emulator of Qince."""
