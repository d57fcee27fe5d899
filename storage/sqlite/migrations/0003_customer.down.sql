DROP TABLE customer_customers;

-- What the service's ledger says of what is gone.
DELETE FROM customer_outbox;
DELETE FROM customer_streams;
DELETE FROM customer_receipts;
DELETE FROM customer_deliveries;
DELETE FROM customer_terms;
