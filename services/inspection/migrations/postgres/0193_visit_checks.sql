-- What was checked at a visit: the message `VisitChecks` as encoded; no value when only the result was entered.
ALTER TABLE visit ADD COLUMN checks BYTEA CHECK (length(checks) <= 1000000);
-- Whether the enterprise refused to sign, and who witnessed it.
ALTER TABLE visit ADD COLUMN signature_refused BOOLEAN NOT NULL DEFAULT false;
ALTER TABLE visit ADD COLUMN refusal_witness TEXT COLLATE "C" NOT NULL DEFAULT '' CHECK (length(refusal_witness) <= 200);
