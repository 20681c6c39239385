-- Version 4: casework. A case is kept whole as JSON; beside it stands what it is looked up by.

CREATE TABLE cases (
    id INTEGER PRIMARY KEY,
    kind TEXT NOT NULL,
    state TEXT NOT NULL,
    queue TEXT NOT NULL,
    policy TEXT NOT NULL,
    language TEXT NOT NULL,
    holder TEXT NOT NULL,
    subject TEXT,
    account TEXT,
    opened_ms INTEGER NOT NULL,
    due_ms INTEGER,
    closed_ms INTEGER,
    of INTEGER,
    body TEXT
);
CREATE INDEX cases_open ON cases (id) WHERE state <> 'closed';
CREATE INDEX cases_closed ON cases (closed_ms) WHERE closed_ms IS NOT NULL;
CREATE INDEX cases_due ON cases (due_ms) WHERE due_ms IS NOT NULL;
CREATE INDEX cases_subject ON cases (subject, id);
CREATE INDEX cases_account ON cases (account, id);
CREATE INDEX cases_holder ON cases (holder, id);
CREATE INDEX cases_queue ON cases (queue, id);
CREATE INDEX cases_of ON cases (of) WHERE of IS NOT NULL;

-- Notices, orders and appeals, as they were sent.
CREATE TABLE filing (
    id TEXT PRIMARY KEY,
    kind TEXT NOT NULL,
    party TEXT NOT NULL,
    reference TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    subject TEXT,
    case_id INTEGER,
    received_ms INTEGER NOT NULL,
    due_ms INTEGER,
    state TEXT NOT NULL,
    body TEXT
);
CREATE INDEX filing_kind ON filing (kind, received_ms);
CREATE INDEX filing_party ON filing (party, received_ms);
CREATE INDEX filing_case ON filing (case_id) WHERE case_id IS NOT NULL;
CREATE INDEX filing_fingerprint ON filing (fingerprint);
CREATE INDEX filing_subject ON filing (subject);

-- Partners and authorities: who they are, what they may, how their filings fared.
CREATE TABLE party (id TEXT PRIMARY KEY, kind TEXT NOT NULL, body TEXT NOT NULL);

-- What must not be deleted, by whose order, until when.
CREATE TABLE hold (
    id TEXT PRIMARY KEY,
    subject TEXT NOT NULL,
    reason TEXT NOT NULL,
    filing TEXT,
    from_ms INTEGER NOT NULL,
    until_ms INTEGER,
    released_ms INTEGER
);
CREATE INDEX hold_subject ON hold (subject);

-- Who did what to what, in words.
CREATE TABLE audit (
    id INTEGER PRIMARY KEY,
    at_ms INTEGER NOT NULL,
    by TEXT NOT NULL,
    what TEXT NOT NULL,
    about TEXT NOT NULL,
    event TEXT NOT NULL
);
CREATE INDEX audit_by ON audit (by, id);
CREATE INDEX audit_about ON audit (about, id);

CREATE TABLE exposure (staff TEXT PRIMARY KEY, body TEXT NOT NULL);

ALTER TABLE staff ADD COLUMN skills TEXT NOT NULL DEFAULT '{}';
ALTER TABLE staff ADD COLUMN totp TEXT;
ALTER TABLE staff ADD COLUMN totp_step INTEGER NOT NULL DEFAULT 0;
ALTER TABLE staff ADD COLUMN party TEXT;
ALTER TABLE api_key ADD COLUMN party TEXT;
