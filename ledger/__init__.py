"""Title: the chaincode's Python neighbours, one ledger service per organisation."""
