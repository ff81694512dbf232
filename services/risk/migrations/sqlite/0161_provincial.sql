-- Serves the list of what the province has said of an enterprise: pieces of evidence that risk takes in itself.
CREATE INDEX evidence_provincial ON evidence (uscc, name) WHERE source = 'provincial_class';
