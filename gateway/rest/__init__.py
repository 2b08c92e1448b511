"""The shippers' door: /v1 for shippers, banks, insurers and agents. No rule lives here."""
