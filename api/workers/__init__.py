"""What works beside requests: here in threads, beside the server, or in processes of its own."""
