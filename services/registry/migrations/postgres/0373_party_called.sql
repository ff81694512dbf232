-- Serve the search for parties that are called so, or were before a change. The expression is the text of `service::erasure::bare_sql`:
-- blanks (of half width, of full width, unbroken) and dots between the parts of a name are left out.
CREATE INDEX party_called ON party (
    REPLACE(REPLACE(REPLACE(REPLACE(REPLACE(REPLACE(REPLACE(REPLACE(legal_name, ' ', ''), '　', ''), ' ', ''), '.', ''), '．', ''), '·', ''), '•', ''), '・', '')
) WHERE erased_at_us IS NULL;
CREATE INDEX party_past_called ON party_past (
    REPLACE(REPLACE(REPLACE(REPLACE(REPLACE(REPLACE(REPLACE(REPLACE(legal_name, ' ', ''), '　', ''), ' ', ''), '.', ''), '．', ''), '·', ''), '•', ''), '・', '')
);
