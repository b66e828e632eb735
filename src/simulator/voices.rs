//! Real speech as mu-law clips, found by their words.
