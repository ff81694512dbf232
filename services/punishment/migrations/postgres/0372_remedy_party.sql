-- The remedies of one party are asked for with whatever is known of it.
CREATE INDEX entry_remedy_party ON entry_remedy (uscc);
