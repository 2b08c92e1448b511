"""Use cases of insurance, over the ports."""
