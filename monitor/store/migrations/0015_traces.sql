-- Traces (monitor.tracing): with what `traceparent` events came, a row an append that is traced, and to
-- which trace the latest change of an alert belongs.
CREATE TABLE event_traces (
  first INTEGER NOT NULL PRIMARY KEY,
  last INTEGER NOT NULL,
  parent TEXT NOT NULL
);
ALTER TABLE alerts ADD COLUMN trace TEXT;
