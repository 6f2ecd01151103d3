-- Alerts of one utterance or product are one matter, where the desk wants to see them so.

ALTER TABLE alerts ADD COLUMN product_matter TEXT NOT NULL DEFAULT '';
UPDATE alerts SET product_matter = matter;
CREATE INDEX alerts_product_matter ON alerts (product_matter);
