-- What the publicity system shows of a mark: the content that it acknowledged last. It stays while a change is under way, and
-- goes with the mark. Both texts are empty while the mark is not public.
ALTER TABLE mark ADD COLUMN shown_sub_kinds TEXT COLLATE "C" NOT NULL DEFAULT '';
ALTER TABLE mark ADD COLUMN shown_licence_nos TEXT COLLATE "C" NOT NULL DEFAULT '';
UPDATE mark SET shown_sub_kinds = sub_kinds, shown_licence_nos = licence_nos WHERE state = 'Published';
