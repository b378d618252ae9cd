-- Alone in its file, so that it runs outside of a transaction and orders can be placed meanwhile.
CREATE INDEX CONCURRENTLY "Order_customerId_idx" ON "Order"("customerId");
