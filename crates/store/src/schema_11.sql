-- Version 11. Reports with all their versions: who counted, signed and published each, and its
-- parts, of which the log proves every letter.
CREATE TABLE report (
    id INTEGER PRIMARY KEY, regime TEXT NOT NULL, first_day TEXT NOT NULL, last_day TEXT NOT NULL,
    version INTEGER NOT NULL, state TEXT NOT NULL, made_ms INTEGER NOT NULL, author TEXT NOT NULL,
    signed_ms INTEGER, signed_by TEXT, published_ms INTEGER, published_by TEXT, body TEXT NOT NULL
);
CREATE UNIQUE INDEX report_version ON report (regime, first_day, last_day, version)
    WHERE state <> 'withdrawn';
CREATE INDEX report_state ON report (state, id);
CREATE TABLE report_part (
    report INTEGER NOT NULL, name TEXT NOT NULL, text TEXT NOT NULL, PRIMARY KEY (report, name)
) WITHOUT ROWID;
