"""The chain folded into PostgreSQL, for lists and search; rebuilt from block 0 by one command.

It decides nothing and nobody's right rests on it: who wants to be sure asks the ledger service,
which asks the peer, or reads the bundle.
"""
