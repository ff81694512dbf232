-- Day through which the signed copy of a letter is kept in the archive. Empty where there is none, and where it came before terms
-- of retention were kept.
ALTER TABLE commitment ADD COLUMN retain_until DATE;
