"""Mappings: how a foreign file, such as a shop's export, becomes drafts. A mapping is data, in TOML.

model.py says what a mapping may hold, store.py finds them (built in, one's own, by a file's headings), terms.py makes
functions of its terms, amounts.py shares and checks money, readers.py reads files with them, suggest.py makes a first
one for a file that none knows.
"""
