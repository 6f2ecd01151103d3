-- Lists, groups and counts are read from indices that have all of their columns: a row has a kilobyte
-- of searched words in it. Each order of reading has one: by room, by matter, by product, as raised.
-- They take the place of those that only found rows.
DROP INDEX alerts_status;
DROP INDEX alerts_rule;
DROP INDEX alerts_room;
DROP INDEX alerts_matter;
DROP INDEX alerts_product_matter;
CREATE INDEX alerts_room ON alerts
  (platform, room, level, status, rule, last_at, number, hits, again, focus, territories);
CREATE INDEX alerts_matter ON alerts
  (matter, level, status, rule, last_at, number, hits, again, focus, platform, territories);
CREATE INDEX alerts_product_matter ON alerts
  (product_matter, level, status, rule, last_at, number, hits, again, focus, platform, territories);
CREATE INDEX alerts_raised ON alerts
  (number, level, status, rule, again, focus, platform, room, territories);
