DROP TABLE catalog.pricing_rules, catalog.product_regions, catalog.products;

-- What the service's ledger says of what is gone. Its rows are hidden from the
-- owner, who would delete none of them; truncating asks no policy.
TRUNCATE catalog.outbox, catalog.streams, catalog.receipts, catalog.deliveries, catalog.terms;
