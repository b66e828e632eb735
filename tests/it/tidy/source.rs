//! A Rust file as the rules look at it: code, string literals and tests told apart.
//!
//! Not a parser: it knows comments, literals and rustfmt's habit of closing a top-level block with `}` in
//! the first column, which is all that the rules need.

/// One file, its parts blanked rather than removed, so that line numbers stay true.
pub struct Source {
    /// Where it lies, from the root of the package, with `/`.
    pub path: String,
    /// The text as it stands.
    pub text: String,
    /// Only the code: comments and literals are blank, and so are `#[cfg(test)]` blocks.
    pub code: String,
    /// Only the contents of string literals outside tests.
    pub literals: String,
}

impl Source {
    pub fn new(path: &str, text: &str) -> Self {
        let (code, literals) = split(text);
        let tests = test_lines(&code);
        Self {
            path: path.to_owned(),
            text: text.to_owned(),
            code: blank_lines(&code, &tests),
            literals: blank_lines(&literals, &tests),
        }
    }

    /// Whether the whole file is test code: `tests.rs`, `schedule_tests.rs`, or below a `tests` folder.
    pub fn is_test(&self) -> bool {
        self.path.ends_with("tests.rs") || self.path.split('/').any(|part| part == "tests")
    }

    /// The module path below the crate: `src/store/mod.rs` and `src/store.rs` are `["store"]`.
    pub fn module(&self) -> Vec<&str> {
        let inner = self.path.strip_prefix("src/").unwrap_or(&self.path);
        let inner = inner.strip_suffix(".rs").unwrap_or(inner);
        inner.split('/').filter(|part| !["mod", "lib", "main"].contains(part)).collect()
    }
}

/// What the reader is inside of.
#[derive(Clone, Copy, PartialEq)]
enum Inside {
    Code,
    LineComment,
    BlockComment,
    /// A string literal that ends at a quote and this many hashes; `None` for one with escapes.
    Literal(Option<usize>),
}

/// Splits a text into its code and the contents of its string literals, each blank where the other is.
pub fn split(text: &str) -> (String, String) {
    let chars: Vec<char> = text.chars().collect();
    let (mut code, mut literals) = (String::new(), String::new());
    let mut inside = Inside::Code;
    let mut at = 0;
    while at < chars.len() {
        let (next, width) = step(inside, &chars[at..]);
        for &c in &chars[at..at + width] {
            let blank = if c == '\n' { '\n' } else { ' ' };
            let in_code = inside == Inside::Code && next == Inside::Code;
            let in_literal = matches!(inside, Inside::Literal(_)) && inside == next;
            code.push(if in_code { c } else { blank });
            literals.push(if in_literal { c } else { blank });
        }
        inside = next;
        at += width;
    }
    (code, literals)
}

/// What follows, and how many characters belong to the step there.
fn step(inside: Inside, rest: &[char]) -> (Inside, usize) {
    let second = rest.get(1).copied();
    match (inside, rest[0]) {
        (Inside::Code, '/') if second == Some('/') => (Inside::LineComment, 2),
        (Inside::Code, '/') if second == Some('*') => (Inside::BlockComment, 2),
        (Inside::Code, '"') => (Inside::Literal(None), 1),
        (Inside::Code, 'r') => raw_start(rest),
        (Inside::Code, '\'') => (Inside::Code, char_literal(rest)),
        (Inside::Code, c) if c.is_alphanumeric() || c == '_' => (Inside::Code, word(rest)),
        (Inside::LineComment, '\n') | (Inside::Literal(None), '"') => (Inside::Code, 1),
        (Inside::BlockComment, '*') if second == Some('/') => (Inside::Code, 2),
        (Inside::Literal(None), '\\') => (inside, 2.min(rest.len())),
        (Inside::Literal(Some(hashes)), '"') if hashes_after(rest, 1) >= hashes => (Inside::Code, 1 + hashes),
        _ => (inside, 1),
    }
}

/// A raw string's opening, or else a word that happens to begin with `r`.
fn raw_start(rest: &[char]) -> (Inside, usize) {
    let hashes = hashes_after(rest, 1);
    if rest.get(1 + hashes) == Some(&'"') {
        return (Inside::Literal(Some(hashes)), hashes + 2);
    }
    (Inside::Code, word(rest))
}

/// The length of the word at the start, so that its last letter is not taken for a raw string's `r`.
/// `b"…"` and `br"…"` begin with a word that ends before the quote or the `r`.
fn word(rest: &[char]) -> usize {
    if rest[0] == 'b' && rest.get(1) == Some(&'r') && matches!(rest.get(2), Some('"' | '#')) {
        return 1;
    }
    rest.iter().take_while(|c| c.is_alphanumeric() || **c == '_').count().max(1)
}

fn hashes_after(rest: &[char], from: usize) -> usize {
    rest[from.min(rest.len())..].iter().take_while(|c| **c == '#').count()
}

/// The length of a character literal such as `'"'`; 1 for the quote of a lifetime.
fn char_literal(rest: &[char]) -> usize {
    if rest.get(1) == Some(&'\\') {
        // An escape may itself be a quote, so the search begins behind it.
        return rest.iter().skip(3).position(|c| *c == '\'').map_or(1, |end| end + 4);
    }
    if rest.get(2) == Some(&'\'') { 3 } else { 1 }
}

/// The lines, counted from 0, that belong to `#[cfg(test)]` items.
fn test_lines(code: &str) -> Vec<std::ops::Range<usize>> {
    let lines: Vec<&str> = code.lines().collect();
    let mut found = Vec::new();
    for (start, line) in lines.iter().enumerate() {
        if line.trim_end() != "#[cfg(test)]" {
            continue;
        }
        let ends =
            |line: &&str| line.starts_with('}') || (line.trim_end().ends_with(';') && !line.starts_with(' '));
        let length = lines[start..].iter().position(ends).unwrap_or(lines.len() - start - 1);
        found.push(start..start + length + 1);
    }
    found
}

fn blank_lines(text: &str, blank: &[std::ops::Range<usize>]) -> String {
    let keep = |(number, line)| if blank.iter().any(|lines| lines.contains(&number)) { "" } else { line };
    text.lines().enumerate().map(keep).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, code: &str, literals: &str) {
        let squeeze = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
        let source = Source::new("src/a.rs", text);
        assert_eq!((squeeze(&source.code).as_str(), squeeze(&source.literals).as_str()), (code, literals));
        assert_eq!(source.code.lines().count(), text.lines().count(), "line numbers must stay true");
    }

    #[test]
    fn comments_literals_and_code_are_told_apart() {
        check("let a = 1; // crate::b", "let a = 1;", "");
        check("/* crate::b\n */ let a = 1;", "let a = 1;", "");
        check(r#"call("https://x // y", z);"#, "call( , z);", "https://x // y");
        check(r#"call("a \" b", z);"#, "call( , z);", r#"a \" b"#);
        check(r##"call(r#"a " b"#, z);"##, "call( , z);", r#"a " b"#);
        check(r#"call(br"a", b"c", var"#, "call(b , b , var", "a c");
        check(r#"if c == '"' { f("x") }"#, r#"if c == '"' { f( ) }"#, "x");
        check(r#"if c == '\'' { f("x") }"#, r"if c == '\'' { f( ) }", "x");
        check(r#"fn f<'a>(x: &'a str) { g("x") }"#, "fn f<'a>(x: &'a str) { g( ) }", "x");
    }

    #[test]
    fn test_blocks_are_blank_and_what_follows_them_is_not() {
        check("use a;\n#[cfg(test)]\nmod tests {\n    use b;\n}\nuse c;", "use a; use c;", "");
        check("use a;\n#[cfg(test)]\nmod tests;\nuse c;", "use a; use c;", "");
    }

    #[test]
    fn a_file_knows_its_module() {
        assert_eq!(Source::new("src/store/mod.rs", "").module(), ["store"]);
        assert_eq!(Source::new("src/clock.rs", "").module(), ["clock"]);
        assert_eq!(Source::new("src/realtime/openai/wire.rs", "").module(), ["realtime", "openai", "wire"]);
        assert!(Source::new("src/domain/schedule_tests.rs", "").is_test());
        assert!(!Source::new("src/domain/schedule.rs", "").is_test());
    }
}
