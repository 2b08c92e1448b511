"""Activities: each is the adapter from one step of the process to one service's RPCs.

An activity gets the generated stubs in its constructor, fetches the facts that its step needs
and hands them on; it decides nothing. Every write carries the step's request id, so that a
second attempt is a repeat.
"""
