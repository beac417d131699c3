"""What can be shown to others: statements of reasons, reports, evidence, routes to report."""
