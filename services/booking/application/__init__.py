"""What may be done with bookings, one use case per verb."""
