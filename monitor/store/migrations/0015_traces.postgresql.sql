-- To which trace the latest change of an alert belongs (monitor.tracing).
ALTER TABLE alerts ADD COLUMN trace TEXT;
