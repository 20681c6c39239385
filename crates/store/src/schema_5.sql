-- Version 5. What a hold keeps may be described instead of named: JSON. Events are found by what they
-- share with others: keys of 16 bytes each, null where there are none and after an erasure.

ALTER TABLE hold ADD COLUMN scope TEXT;
CREATE INDEX hold_filing ON hold (filing) WHERE filing IS NOT NULL;

ALTER TABLE log ADD COLUMN ties BLOB;
