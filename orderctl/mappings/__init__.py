"""Mappings: how a foreign file, such as a shop's export, becomes drafts. A mapping is data, in TOML.

model.py says what a mapping may hold, store.py finds them (built in, one's own), choose.py picks the one for a file.
readers.py reads a file with it, maker.py makes one order of it a draft: terms.py makes functions of the mapping's
terms, amounts.py shares and checks money. suggest.py makes a first mapping for a file that none knows, cancelled.py
what passes over its cancelled orders.
"""
