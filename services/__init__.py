"""The owners of facts: one package per service, each layered inward."""
