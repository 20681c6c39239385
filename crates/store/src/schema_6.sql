-- Version 6. Who signs in by a provider is known by what that calls them for ever, not by a name that
-- somebody can choose there.

CREATE TABLE identity (
    issuer TEXT NOT NULL,
    sub TEXT NOT NULL,
    staff TEXT NOT NULL,
    bound_ms INTEGER NOT NULL,
    PRIMARY KEY (issuer, sub)
) WITHOUT ROWID;
CREATE INDEX identity_staff ON identity (staff);
