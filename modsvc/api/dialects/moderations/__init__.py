"""OpenAI's moderation endpoint: `POST /v1/moderations`."""
