-- The Merkle log of what arrived is kept where the event log is: in the SQLite file.

-- Who did what with evidence. Rows are appended, never changed.
CREATE TABLE custody (
  number INTEGER NOT NULL PRIMARY KEY,
  at BIGINT NOT NULL,
  act TEXT NOT NULL,
  who TEXT NOT NULL,
  role TEXT NOT NULL,
  subject TEXT NOT NULL,
  why TEXT NOT NULL,
  detail TEXT NOT NULL,
  version TEXT NOT NULL,
  previous TEXT NOT NULL,
  hash TEXT NOT NULL
);
CREATE INDEX custody_subject ON custody (subject, number);
CREATE FUNCTION custody_refuse() RETURNS trigger LANGUAGE plpgsql AS
'BEGIN RAISE EXCEPTION ''custody is append-only''; END';
CREATE OR REPLACE TRIGGER custody_is_not_changed BEFORE UPDATE ON custody
FOR EACH STATEMENT EXECUTE FUNCTION custody_refuse();
CREATE OR REPLACE TRIGGER custody_is_not_deleted BEFORE DELETE OR TRUNCATE ON custody
FOR EACH STATEMENT EXECUTE FUNCTION custody_refuse();
