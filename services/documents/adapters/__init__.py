"""PostgreSQL, protobuf and cryptographic proofs for documents."""
