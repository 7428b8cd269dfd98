"""The emulator of OMFlow."""
