DROP TABLE webhook_work;
DROP TABLE webhook_attempts;
DROP TABLE webhook_messages;
DROP TABLE webhook_keys;
DROP TABLE webhook_endpoints;
DROP TABLE webhook_terms;
DROP TABLE webhook_deliveries;
DROP TABLE webhook_receipts;
DROP TABLE webhook_streams;
DROP TABLE webhook_outbox;

-- How far others have come in its events, which begin anew.
DELETE FROM event_lanes WHERE service = 'webhook';
DELETE FROM event_dead_letters WHERE service = 'webhook';
