//! The exchange over real sockets, with a small server playing the account's side.

mod customer;
mod documents;
mod faults;
mod media;
mod rest;

use customer::{ANNA, COACH, Day, call_form};
