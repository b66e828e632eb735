//! Ids nobody else has: numbered within the session, and the session's own number in front.

/// The ids of one session.
#[derive(Debug)]
pub struct Ids {
    session: u64,
    items: u64,
    responses: u64,
    calls: u64,
}

impl Ids {
    /// The ids of the `session`th session.
    pub fn new(session: u64) -> Self {
        Self { session, items: 0, responses: 0, calls: 0 }
    }

    /// The session's own id.
    pub fn session(&self) -> String {
        format!("sess_{}", self.session)
    }

    /// The id of its conversation.
    pub fn conversation(&self) -> String {
        format!("conv_{}", self.session)
    }

    /// A new item's.
    pub fn item(&mut self) -> String {
        self.items += 1;
        format!("item_{}_{}", self.session, self.items)
    }

    /// A new response's.
    pub fn response(&mut self) -> String {
        self.responses += 1;
        format!("resp_{}_{}", self.session, self.responses)
    }

    /// A new function call's.
    pub fn call(&mut self) -> String {
        self.calls += 1;
        format!("call_{}_{}", self.session, self.calls)
    }
}
