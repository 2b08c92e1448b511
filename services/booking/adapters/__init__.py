"""Where bookings meet PostgreSQL, protobuf and rule files."""
