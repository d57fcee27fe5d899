DROP TABLE resource.work, resource.usage, resource.instances, resource.resources, resource.networks, resource.clusters;

-- What the service's ledger says of what is gone. Its rows are hidden from the
-- owner, who would delete none of them; truncating asks no policy.
TRUNCATE resource.outbox, resource.streams, resource.receipts, resource.deliveries, resource.terms;
