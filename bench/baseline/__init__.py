"""What the ledger is measured against: the plainest chaincode, and a client in Go."""
