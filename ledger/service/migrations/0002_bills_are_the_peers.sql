-- How a bill stands is asked of the peer, or searched in the projection; here it is only known
-- that there is such a bill, and who has or had a part in it.
ALTER TABLE bills DROP COLUMN sequence, DROP COLUMN record;
