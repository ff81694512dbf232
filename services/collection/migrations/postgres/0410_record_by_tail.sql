-- On SQLite the index holds the last six characters of each code alone, because it writes every entry in full. PostgreSQL keeps a key that
-- several records share once: its index stays as it is, and the condition on the six characters, which statements have for SQLite, is
-- looked at in the rows that the code finds.
COMMENT ON INDEX record_by_party IS 'the records of one party; on SQLite by the last six characters of its code';
