-- Day on which the record that a licence rests on was withdrawn; NULL while one stands behind it, or an officer recorded it by hand.
ALTER TABLE licence ADD COLUMN vacated_on DATE;
