"""The local record of every write: what was meant, sent and answered, so that none is created twice and none is lost.

entry.py (a row), store.py (what keeps rows: ten functions), sqlite.py (a file on this machine), runs.py (who is still
alive), journal.py (the rules of a write). A store that several hosts share is one more module beside sqlite.py; the
rules stay.
"""
