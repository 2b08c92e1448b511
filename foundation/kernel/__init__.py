"""Values every part of OneBill speaks in, and the refusal they raise.

Standard library only: nothing here reads a clock, a file, a database or the network.
"""
