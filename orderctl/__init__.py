"""orderctl: one command for the orders that live in OMFlow, OneBox, Imonggo, Flyerlink and Qince."""

__version__ = "0.1.0"
