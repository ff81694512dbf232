-- Why a permit is refused: it does not read as a licence, its number is another's, or that is free since. Whoever waits for a number is told
-- whose it is whenever that changes.
ALTER TABLE refused_permit ADD COLUMN reason TEXT NOT NULL DEFAULT 'Unreadable'
    CHECK (reason IN ('Unreadable', 'HeldByAnother', 'NumberFree'));
-- Of those of before, only the words say why: the one place where words are read, and for the last time.
UPDATE refused_permit SET reason = 'HeldByAnother' WHERE problem LIKE 'the number belongs to %';
UPDATE refused_permit SET reason = 'NumberFree' WHERE problem LIKE 'the number is free since: %';
-- Number as numbers are compared: half-width, upper case, without blanks around, every dash as a hyphen (`domain::licence_key`).
ALTER TABLE refused_permit ADD COLUMN number TEXT NOT NULL DEFAULT '' CHECK (length(number) <= 200);
-- Of those of before: the wide blank and seven dashes first, then each character from ! to ~, whose full-width form lies 65248 above it.
WITH RECURSIVE narrowed (record, code, number) AS (
    SELECT record, 33,
        REPLACE(REPLACE(REPLACE(REPLACE(REPLACE(REPLACE(REPLACE(REPLACE(permit_no, CHAR(12288), ' '), CHAR(8208), '-'), CHAR(8209), '-'),
            CHAR(8210), '-'), CHAR(8211), '-'), CHAR(8212), '-'), CHAR(8213), '-'), CHAR(8722), '-')
    FROM refused_permit
    UNION ALL
    SELECT record, code + 1, REPLACE(number, CHAR(65248 + code), CHAR(code)) FROM narrowed WHERE code <= 126
)
UPDATE refused_permit SET number = UPPER(TRIM(narrowed.number))
FROM narrowed
WHERE narrowed.record = refused_permit.record AND narrowed.code = 127;
DROP INDEX refused_permit_by_number;
-- Serves the permits that were refused for a number, when whose it is changes.
CREATE INDEX refused_permit_by_number ON refused_permit (number);
-- Of those whose number had become free, which was not said where it was not written as it is compared.
UPDATE refused_permit
SET reason = 'NumberFree',
    problem = 'the number is free since: record the licence by hand, or have its provider tell the record again'
WHERE reason = 'HeldByAnother'
    AND EXISTS (SELECT 1 FROM licence l WHERE l.licence_no = refused_permit.number AND l.vacated_on IS NOT NULL);
