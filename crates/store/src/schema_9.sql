-- Version 9. Long work that somebody asked for, of all kinds: what was asked, how far it is, what
-- came of it. What runs when the process ends is begun again, `attempts` times at most.
CREATE TABLE job (
    id INTEGER PRIMARY KEY, kind TEXT NOT NULL, made_ms INTEGER NOT NULL, author TEXT NOT NULL,
    title TEXT NOT NULL, request TEXT NOT NULL, state TEXT NOT NULL, progress REAL NOT NULL,
    attempts INTEGER NOT NULL, ended_ms INTEGER, result TEXT, error TEXT
);
CREATE INDEX job_kind ON job (kind, id);
INSERT INTO job
    SELECT id, 'backtest', made_ms, author, title, files, state, progress, 1, NULL, result, error
    FROM backtest;
DROP TABLE backtest;
