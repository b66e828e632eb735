//! The line's leg as the pump sees it: the carrier's media socket, or a test's stand-in.

use std::future::Future;

use crate::telephony::media_stream::{MediaError, MediaEvent, MediaSocket};

/// What the pump needs of a line.
pub trait Line: Send {
    /// The next event; cancel-safe, and [`MediaEvent::Closed`] for ever once the line is gone.
    fn next(&mut self) -> impl Future<Output = MediaEvent> + Send;
    /// Plays mu-law after what is playing already.
    fn media(&mut self, mulaw: &[u8]) -> impl Future<Output = Result<(), MediaError>> + Send;
    /// Asks for `name` back once everything sent so far was played.
    fn mark(&mut self, name: &str) -> impl Future<Output = Result<(), MediaError>> + Send;
    /// Stops playing at once.
    fn clear(&mut self) -> impl Future<Output = Result<(), MediaError>> + Send;
    /// Keeps the connection from being forgotten.
    fn ping(&mut self) -> impl Future<Output = Result<(), MediaError>> + Send;
}

impl Line for MediaSocket {
    async fn next(&mut self) -> MediaEvent {
        Self::next(self).await
    }

    async fn media(&mut self, mulaw: &[u8]) -> Result<(), MediaError> {
        Self::media(self, mulaw).await
    }

    async fn mark(&mut self, name: &str) -> Result<(), MediaError> {
        Self::mark(self, name).await
    }

    async fn clear(&mut self) -> Result<(), MediaError> {
        Self::clear(self).await
    }

    async fn ping(&mut self) -> Result<(), MediaError> {
        Self::ping(self).await
    }
}
