//! Tokens that may do a part of what the owner may: which part a path needs, and whether it is there.

use std::marker::PhantomData;
use std::sync::Arc;

use axum::extract::{FromRef, FromRequestParts};
use axum::http::request::Parts;

use super::refusals::Refusals;
use super::{AdminToken, bearer, trust};
use crate::desk::Desk;
use crate::desk::dto::Scope;
use crate::web::error::Problem;

/// What a path needs.
pub trait Need: Send + Sync {
    /// The scope.
    const SCOPE: Scope;
}

macro_rules! needs {
    ($($(#[$doc:meta])* $name:ident),*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy)]
        pub struct $name;

        impl Need for $name {
            const SCOPE: Scope = Scope::$name;
        }
    )*};
}

needs!(
    /// Looks at things.
    Read,
    /// Changes schedules, cancels, snoozes.
    Schedule,
    /// Calls somebody now.
    Dial,
    /// Tells that a sensor was touched.
    Doorbell
);

/// Whoever asked showed the admin token, or one with the scope that the path needs.
#[derive(Debug, Clone, Copy)]
pub struct Auth<N> {
    /// True for the admin token, which also shows what scopes do not: numbers, and what was said.
    pub is_owner: bool,
    need: PhantomData<N>,
}

impl<S, N> FromRequestParts<S> for Auth<N>
where
    S: Send + Sync,
    N: Need,
    Arc<AdminToken>: FromRef<S>,
    Arc<Desk>: FromRef<S>,
    Arc<Refusals>: FromRef<S>,
{
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let presented = bearer(&parts.headers).ok_or_else(Problem::unauthorized)?;
        if Arc::<AdminToken>::from_ref(state).fits(presented) {
            trust(parts);
            return Ok(Self { is_owner: true, need: PhantomData });
        }
        match Arc::<Desk>::from_ref(state).recognise(presented).await? {
            Some(scopes) if scopes.contains(&N::SCOPE) => {
                trust(parts);
                Ok(Self { is_owner: false, need: PhantomData })
            }
            Some(_) => Err(Problem::forbidden(format!(
                "This token may not do that: it lacks the scope `{}`. Make another one, or use the admin token.",
                N::SCOPE
            ))),
            None => Err(Arc::<Refusals>::from_ref(state).refuse()),
        }
    }
}
