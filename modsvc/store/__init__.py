"""What is kept: contents, decisions, the review's items, events, policies, people and keys."""
