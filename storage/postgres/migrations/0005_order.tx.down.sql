DROP TABLE "order".items, "order".orders;

-- What the service's ledger says of what is gone. Its rows are hidden from the
-- owner, who would delete none of them; truncating asks no policy.
TRUNCATE "order".outbox, "order".streams, "order".receipts, "order".deliveries, "order".terms;
