DROP TABLE catalog_pricing_rules;
DROP TABLE catalog_product_regions;
DROP TABLE catalog_products;

-- What the service's ledger says of what is gone.
DELETE FROM catalog_outbox;
DELETE FROM catalog_streams;
DELETE FROM catalog_receipts;
DELETE FROM catalog_deliveries;
DELETE FROM catalog_terms;
