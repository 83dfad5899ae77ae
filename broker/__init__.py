"""RabbitMQ and its in-process twin: commands to the worker, replies to the frontends, orders from the console."""
