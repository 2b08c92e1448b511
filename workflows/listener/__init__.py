"""Listens to every service's facts and nudges the consignment that each is about."""
