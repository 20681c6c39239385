-- Version 7: rows of people's work are in the log. `change` holds what each entry of that kind wrote,
-- null after an erasure; every row of the tables named in `unproven` is still to be entered, which is
-- done when a store of an earlier version is opened.

CREATE TABLE change (seq INTEGER PRIMARY KEY, salt BLOB, rows BLOB);

CREATE TABLE unproven (name TEXT PRIMARY KEY);
INSERT INTO unproven (name) VALUES ('cases'), ('filing'), ('hold'), ('party'), ('staff'),
    ('identity'), ('api_key'), ('exposure'), ('proposal'), ('audit');

-- What was configured when the server last started, apart from secrets.
CREATE TABLE setting (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;

-- What the command line asks of a server that runs on the same file.
CREATE TABLE inbox (id INTEGER PRIMARY KEY AUTOINCREMENT, body TEXT NOT NULL, answer TEXT);

-- Passwords are written beside the row, and are in no proof.
CREATE TABLE staff_7 (
    name TEXT PRIMARY KEY, role TEXT NOT NULL, password TEXT NOT NULL DEFAULT '',
    made_ms INTEGER NOT NULL, skills TEXT NOT NULL DEFAULT '{}', totp TEXT,
    totp_step INTEGER NOT NULL DEFAULT 0, party TEXT
);
INSERT INTO staff_7 (name, role, password, made_ms, skills, totp, totp_step, party)
SELECT name, role, password, made_ms, skills, totp, totp_step, party FROM staff;
DROP TABLE staff;
ALTER TABLE staff_7 RENAME TO staff;

CREATE TABLE api_key_7 (
    id TEXT PRIMARY KEY, name TEXT NOT NULL, hash TEXT NOT NULL, scopes TEXT NOT NULL,
    made_ms INTEGER NOT NULL, revoked_ms INTEGER, party TEXT
);
INSERT INTO api_key_7 (id, name, hash, scopes, made_ms, revoked_ms, party)
SELECT id, name, lower(hex(hash)), scopes, made_ms, revoked_ms, party FROM api_key;
DROP TABLE api_key;
ALTER TABLE api_key_7 RENAME TO api_key;

-- Whom stretches of the log name: sorted 32-bit digests.
CREATE TABLE named (first INTEGER PRIMARY KEY, until INTEGER NOT NULL, prints BLOB NOT NULL);
