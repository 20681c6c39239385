-- Version 2: a running service. Look-ups by random keys go through one table that is filled in
-- sorted slices (lookup.rs); everything else grows at its end.

DROP INDEX log_event_key;
DROP INDEX record_id;
DROP INDEX record_subject;
DROP INDEX record_account;

CREATE TABLE lookup (key BLOB NOT NULL, seq INTEGER NOT NULL, PRIMARY KEY (key, seq)) WITHOUT ROWID;
CREATE TABLE lookup_slice (slice INTEGER PRIMARY KEY, until INTEGER NOT NULL);

ALTER TABLE record ADD COLUMN type TEXT NOT NULL DEFAULT '';
ALTER TABLE record ADD COLUMN country TEXT NOT NULL DEFAULT '';
UPDATE record SET type = coalesce(json_extract(CAST(decision AS TEXT), '$.type'), '')
WHERE decision IS NOT NULL;
UPDATE record SET country = coalesce(
    (SELECT coalesce(
        json_extract(CAST(event AS TEXT), '$.data.content.country'),
        json_extract(CAST(event AS TEXT), '$.data.account.country')
    ) FROM log WHERE log.seq = record.seq AND event IS NOT NULL), '')
WHERE decision IS NOT NULL;
UPDATE record SET country = '' WHERE length(country) <> 2;
CREATE INDEX record_policy ON record (policy);
CREATE INDEX record_type ON record (type);
CREATE INDEX record_country ON record (country) WHERE country <> '';

CREATE TABLE record_effect (effect TEXT NOT NULL, seq INTEGER NOT NULL, PRIMARY KEY (effect, seq))
WITHOUT ROWID;
INSERT INTO record_effect (effect, seq)
SELECT DISTINCT part.value, record.seq
FROM record, json_each('["' || replace(record.effects, ' ', '","') || '"]') AS part
WHERE record.effects <> '' ORDER BY 1, 2;

-- Which policy set came into force where in the ledger.
CREATE TABLE enforced (seq INTEGER PRIMARY KEY, version TEXT NOT NULL, detectors INTEGER NOT NULL);
INSERT INTO enforced (seq, version, detectors)
SELECT seq, json_extract(CAST(body AS TEXT), '$.version'),
    json_extract(CAST(body AS TEXT), '$.detectors')
FROM entry WHERE CAST(substr(body, 1, 18) AS TEXT) = '{"kind":"policies"';

-- Where in the ledger the decisions on events of a day lie.
CREATE TABLE day (day INTEGER PRIMARY KEY, first INTEGER NOT NULL, last INTEGER NOT NULL);
INSERT INTO day (day, first, last)
SELECT time_ms / 86400000 - (time_ms % 86400000 < 0), min(seq), max(seq) FROM record GROUP BY 1;

-- Counts by day of event time, kept with every commit.
CREATE TABLE tally (
    name TEXT NOT NULL, key TEXT NOT NULL, day INTEGER NOT NULL, count INTEGER NOT NULL,
    PRIMARY KEY (name, key, day)
) WITHOUT ROWID;

CREATE TABLE refused (
    id INTEGER PRIMARY KEY, at_ms INTEGER NOT NULL, sender TEXT NOT NULL, place INTEGER NOT NULL,
    reason TEXT NOT NULL, message TEXT NOT NULL, excerpt TEXT NOT NULL
);

-- Everything below `cursor` was delivered, or stands in `undelivered`.
CREATE TABLE receiver (
    name TEXT PRIMARY KEY, start INTEGER NOT NULL, cursor INTEGER NOT NULL,
    delivered INTEGER NOT NULL
);
CREATE TABLE undelivered (
    receiver TEXT NOT NULL, seq INTEGER NOT NULL, subject TEXT NOT NULL, attempts INTEGER NOT NULL,
    due_ms INTEGER NOT NULL, since_ms INTEGER NOT NULL, is_dead INTEGER NOT NULL,
    error TEXT NOT NULL, PRIMARY KEY (receiver, seq)
) WITHOUT ROWID;

CREATE TABLE api_key (
    id TEXT PRIMARY KEY, name TEXT NOT NULL, hash BLOB NOT NULL, scopes TEXT NOT NULL,
    made_ms INTEGER NOT NULL, revoked_ms INTEGER
);
CREATE TABLE staff (
    name TEXT PRIMARY KEY, role TEXT NOT NULL, password TEXT NOT NULL, made_ms INTEGER NOT NULL
);
CREATE TABLE session (
    hash BLOB PRIMARY KEY, staff TEXT NOT NULL, csrf TEXT NOT NULL, until_ms INTEGER NOT NULL
);
CREATE TABLE idempotency (
    key BLOB PRIMARY KEY, fingerprint BLOB NOT NULL, status INTEGER NOT NULL, body BLOB NOT NULL,
    at_ms INTEGER NOT NULL
);
CREATE INDEX idempotency_at ON idempotency (at_ms);
