"""The wire between a station and its office: topics, payloads, and the link that carries them."""
