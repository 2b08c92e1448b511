"""The way to the ledger: a client of the Gateway service that every Fabric peer offers.

Everything Fabric stays in here. It signs as its organisation's courier; whose act it carries is
no concern of it.
"""
