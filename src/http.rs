//! The one place that builds HTTP clients: TLS roots, no redirects, capped answers.
