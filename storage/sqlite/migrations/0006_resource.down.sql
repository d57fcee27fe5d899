DROP TABLE resource_work;
DROP TABLE resource_usage;
DROP TABLE resource_instances;
DROP TABLE resource_resources;
DROP TABLE resource_networks;
DROP TABLE resource_clusters;

-- What the service's ledger says of what is gone.
DELETE FROM resource_outbox;
DELETE FROM resource_streams;
DELETE FROM resource_receipts;
DELETE FROM resource_deliveries;
DELETE FROM resource_terms;
