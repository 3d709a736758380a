"""PostgreSQL: connections, their pool, the ambient transaction, and the driver's errors."""
