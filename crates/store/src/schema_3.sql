-- Version 3: the belt of those who write rules. Changes that wait for a second person, and what
-- they would have done to the past. `files` is a JSON object: names and texts, null for a removal.

CREATE TABLE proposal (
    id INTEGER PRIMARY KEY,
    made_ms INTEGER NOT NULL,
    author TEXT NOT NULL,
    reason TEXT NOT NULL,
    base TEXT NOT NULL,
    files TEXT NOT NULL,
    summary TEXT NOT NULL,
    state TEXT NOT NULL,
    decided_ms INTEGER,
    decided_by TEXT,
    decided_reason TEXT,
    version TEXT
);
CREATE INDEX proposal_open ON proposal (id) WHERE state = 'open';

CREATE TABLE backtest (
    id INTEGER PRIMARY KEY,
    made_ms INTEGER NOT NULL,
    author TEXT NOT NULL,
    title TEXT NOT NULL,
    state TEXT NOT NULL,
    progress REAL NOT NULL,
    files TEXT NOT NULL,
    result TEXT,
    error TEXT
);
