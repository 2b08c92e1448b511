"""How a process of OneBill runs: settings, identity, gRPC, database, outbox, telemetry.

No rule of trade lives here.
"""
