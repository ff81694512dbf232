-- Last day of an officer's class in the place of the computed one, and the class behind that day; an end that is told late must not lengthen it.
ALTER TABLE subject_class ADD COLUMN override_until DATE;
ALTER TABLE subject_class ADD COLUMN computed_code TEXT COLLATE "C" NOT NULL DEFAULT '' CHECK (length(computed_code) <= 20);
