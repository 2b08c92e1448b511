"""Insurance's neighbours: PostgreSQL, rule files, canonical bytes, protobuf."""
