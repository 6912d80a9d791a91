"""MTP as bytes and values, and the questions a host asks. No USB, clock, thread or file inside."""
