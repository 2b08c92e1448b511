"""Settlement's neighbours: PostgreSQL, rule files, rails, protobuf."""
