-- Applications for credit repair. `content` is the application as it stands, a protobuf xinjian.punishment.v1.Repair; the columns
-- beside it are what lists and rules ask for. A row is never deleted.
CREATE TABLE repair (
    id            TEXT NOT NULL PRIMARY KEY CHECK (length(id) BETWEEN 1 AND 64),
    subject       TEXT NOT NULL CHECK (length(subject) BETWEEN 1 AND 80),
    uscc          TEXT NOT NULL CHECK (length(uscc) = 18),
    field         TEXT NOT NULL,
    division      TEXT NOT NULL,
    state         TEXT NOT NULL CHECK (state IN ('Draft', 'Submitted', 'Incomplete', 'Refused', 'Accepted', 'Verifying', 'PanelReview',
                                               'Granted', 'Denied', 'Executed', 'Shared', 'RevokedForFraud', 'Withdrawn')),
    revision      INTEGER NOT NULL CHECK (revision >= 1),
    content       BLOB NOT NULL CHECK (length(content) <= 262144)
) STRICT;
CREATE INDEX repair_by_uscc ON repair (uscc, id);
CREATE INDEX repair_by_state ON repair (state, id);
CREATE INDEX repair_by_subject ON repair (subject, id);
-- One application that is not over for each subject.
CREATE UNIQUE INDEX repair_live ON repair (subject)
    WHERE state IN ('Draft', 'Submitted', 'Incomplete', 'Accepted', 'Verifying', 'PanelReview', 'Granted');
