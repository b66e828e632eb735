//! HTTP: webhooks, the media socket, the API.
