//! Plans occurrences, notices when something is due, and acts on it.
