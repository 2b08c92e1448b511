"""Serves onebill.ledger.v1 from one organisation's own peer, at the operator and at each member.

One program, one process per organisation. It needs its peer, its schema and nothing of the
operator's.
"""
