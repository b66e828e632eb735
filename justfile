# What there is to do here: `just` lists it. Nothing depends on just; each recipe is one command.

[private]
default:
    @just --list

# What CI runs: format, licences, lints, docs, the vendors' clients, the README's commands, tests.
check:
    bash .ci/run

# Wake-ups on a simulated line, in real time; add `--fast`, `--mode fallback`, `--wav DIR`.
demo *ARGS:
    cargo run -- demo {{ ARGS }}

# All tests, or those whose name contains WORD.
test *WORD:
    cargo test --locked {{ WORD }}

# Plants faults in the program, one at a time, and wants each to be found.
planted:
    cargo test --locked --features planted-bugs --test planted -- caught sound

# Holds the simulators to the vendors' own Python packages.
vendors:
    python3 scripts/vendors.py

# Licences, banned crates and sources of everything in Cargo.lock.
licences:
    python3 scripts/licences.py

# Speaks the coach's and the sleeper's clips anew with a free synthesiser from Debian.
voices:
    python3 templates/assets/voices/make.py

# The guided tour through the code, in a browser.
tour:
    cargo doc --no-deps --open
