-- Version 10. Statements of reasons for the DSA Transparency Database, by the place of their
-- decision: the text, what became of it, and how far decisions have been looked at.
CREATE TABLE statement (
    seq INTEGER PRIMARY KEY, puid TEXT NOT NULL, made_ms INTEGER NOT NULL, body TEXT NOT NULL,
    state TEXT NOT NULL, changed_ms INTEGER NOT NULL, uuid TEXT, error TEXT
);
CREATE UNIQUE INDEX statement_puid ON statement (puid);
CREATE INDEX statement_state ON statement (state, seq);
CREATE INDEX statement_day ON statement (made_ms / 86400000, state);
CREATE TABLE stated (id INTEGER PRIMARY KEY CHECK (id = 1), until INTEGER NOT NULL);
