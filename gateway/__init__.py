"""The doors: no rule lives here."""
