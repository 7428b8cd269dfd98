"""The emulator of Imonggo."""
