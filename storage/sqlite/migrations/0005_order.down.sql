DROP TABLE order_items;
DROP TABLE order_orders;

-- What the service's ledger says of what is gone.
DELETE FROM order_outbox;
DELETE FROM order_streams;
DELETE FROM order_receipts;
DELETE FROM order_deliveries;
DELETE FROM order_terms;
