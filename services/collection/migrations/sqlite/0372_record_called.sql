-- Serves the search for the records that stand under no credit code and say that their party is called so. The expression is the text
-- of `service::erasure::bare_sql`: blanks (of half width, of full width, unbroken) and dots between the parts of a name are left out.
-- What stands under a code, which is nearly everything, is not in it: an import of such records writes no entry. What was withdrawn
-- stands under none any more.
CREATE INDEX record_called ON record (
    REPLACE(REPLACE(REPLACE(REPLACE(REPLACE(REPLACE(REPLACE(REPLACE(party_name, ' ', ''), '　', ''), ' ', ''), '.', ''), '．', ''), '·', ''), '•', ''), '・', ''),
    decided_on
) WHERE (uscc IS NULL OR state = 'Withdrawn') AND erased_us IS NULL;
