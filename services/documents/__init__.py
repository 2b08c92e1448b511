"""Papers: the one bill, every leg's document, seals and weights, receipts, attachments."""
