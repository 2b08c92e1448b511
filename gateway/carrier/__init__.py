"""The carriers' door: onebill.carrier.v1 over mutual TLS. No rule lives here."""
