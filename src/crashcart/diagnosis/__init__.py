"""From log lines to claims, from claims and answers to findings: causes first, consequences folded under them."""
