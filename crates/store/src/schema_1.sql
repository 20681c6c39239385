-- Version 1. Rows of log, record and outbox bear the place of their ledger entry.
-- Columns that hold personal data are null after an erasure.

CREATE TABLE entry (seq INTEGER PRIMARY KEY, body BLOB NOT NULL, hash BLOB NOT NULL);

CREATE TABLE node (number INTEGER PRIMARY KEY, hash BLOB NOT NULL);

CREATE TABLE head (
    size INTEGER PRIMARY KEY,
    root TEXT NOT NULL,
    signed_at TEXT NOT NULL,
    signature TEXT NOT NULL
);

CREATE TABLE log (seq INTEGER PRIMARY KEY, event_key BLOB NOT NULL, salt BLOB, event BLOB, facts BLOB);
CREATE UNIQUE INDEX log_event_key ON log (event_key);

CREATE TABLE record (
    seq INTEGER PRIMARY KEY,
    id TEXT NOT NULL,
    subject TEXT,
    account TEXT,
    policy TEXT NOT NULL,
    effects TEXT NOT NULL,
    time_ms INTEGER NOT NULL,
    decision BLOB
);
CREATE UNIQUE INDEX record_id ON record (id);
CREATE INDEX record_subject ON record (subject);
CREATE INDEX record_account ON record (account);

CREATE TABLE outbox (seq INTEGER PRIMARY KEY, subject TEXT, message BLOB);

CREATE TABLE policy_set (version TEXT PRIMARY KEY, files BLOB NOT NULL);
