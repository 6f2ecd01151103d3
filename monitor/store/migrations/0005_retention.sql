-- When an alert changed last, by the clock of whoever raised it: what its retention counts from.
-- And what a version says (law and reason, as digests): one that says the same replaces it.

ALTER TABLE alerts ADD COLUMN changed_at BIGINT NOT NULL DEFAULT 0;
UPDATE alerts SET changed_at = coalesce(
  (SELECT since FROM alert_versions AS latest
   WHERE latest.alert = alerts.id AND latest.version = alerts.version), 0);
CREATE INDEX alerts_changed ON alerts (changed_at);

ALTER TABLE alert_versions ADD COLUMN says BLOB;
