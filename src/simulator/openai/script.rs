//! What the model says when a test wants to decide it.

/// One tool call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToolCall {
    /// The tool.
    pub name: String,
    /// Its arguments: JSON, unless the test wants to see what happens otherwise.
    pub arguments: String,
}

impl ToolCall {
    /// A call of `name` with `arguments`, which should be JSON.
    pub fn new(name: &str, arguments: impl Into<String>) -> Self {
        Self { name: name.to_owned(), arguments: arguments.into() }
    }

    /// A call whose arguments stop in the middle.
    pub fn malformed(name: &str) -> Self {
        Self::new(name, "{\"reason\": \"aw")
    }
}

/// What one response consists of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// One spoken item.
    Say(String),
    /// One function call.
    Call(ToolCall),
    /// A spoken item, then a function call.
    SayThenCall(String, ToolCall),
    /// Two function calls.
    TwoCalls(ToolCall, ToolCall),
    /// Two spoken items.
    TwoItems(String, String),
    /// A response without output.
    Nothing,
    /// A response that fails with this code.
    Fail(String),
    /// A spoken item cut off by the token limit.
    Incomplete(String),
}

/// What the next responses consist of; when it has run out, the built-in coach goes on.
pub type Script = Vec<Step>;
