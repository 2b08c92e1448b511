"""Settlement: rates, invoices, pays, buys and prorates; one journal that sums to zero."""
