-- First day on which a chain does not show a record any more because its publication was repaired; NULL while that is not so.
ALTER TABLE publication ADD COLUMN stops_on DATE;
