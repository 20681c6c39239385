-- Version 5. What a hold keeps may be described instead of named: JSON.

ALTER TABLE hold ADD COLUMN scope TEXT;
CREATE INDEX hold_filing ON hold (filing) WHERE filing IS NOT NULL;
