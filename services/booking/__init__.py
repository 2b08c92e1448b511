"""Bookings: a shipper's door-to-door journey, asked for in one call and kept leg by leg."""
