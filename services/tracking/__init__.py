"""What happened to the container: events as told, and the journey folded from them."""
