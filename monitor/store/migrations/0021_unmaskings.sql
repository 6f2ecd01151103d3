-- Requests to see the accounts of one alert by case, and what became of each (monitor.access.unmasking).
CREATE TABLE unmaskings (
  id TEXT NOT NULL PRIMARY KEY,
  alert TEXT NOT NULL,
  person TEXT NOT NULL,
  why TEXT NOT NULL,
  case_number TEXT NOT NULL,
  asked_at BIGINT NOT NULL,
  state TEXT NOT NULL,
  decided_by TEXT NOT NULL,
  decided_at BIGINT,
  note TEXT NOT NULL,
  until BIGINT
);
CREATE INDEX unmaskings_person ON unmaskings (person, state);
CREATE INDEX unmaskings_alert ON unmaskings (alert);
