"""PostgreSQL and protobuf for tracking."""
