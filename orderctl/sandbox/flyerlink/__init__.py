"""The emulator of Flyerlink."""
