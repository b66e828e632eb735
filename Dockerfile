# Builds the release binary in one stage and puts it alone into a small image in the next.

FROM rust:1.95.0-bookworm AS build
WORKDIR /build

# Dependencies first, against empty targets: this layer is rebuilt only when the lock file changes.
COPY Cargo.toml Cargo.lock ./
RUN mkdir -p src tests/it \
    && echo 'fn main() {}' | tee src/main.rs tests/it/main.rs \
    && touch src/lib.rs \
    && cargo build --release --locked \
    && rm -r src tests

# rust-toolchain.toml stays outside: the image's own tag pins the compiler, without lint tools.
COPY . .
RUN touch src/lib.rs src/main.rs \
    && cargo build --release --locked

FROM debian:12-slim
# Neither ca-certificates nor tzdata: certificate roots and a zone database are built into the binary.
RUN useradd --system --uid 10001 --home-dir /data --no-create-home wakeup \
    && install --directory --owner wakeup --group wakeup --mode 0700 /data
COPY --from=build /build/target/release/wakeup-coach /usr/local/bin/wakeup-coach

USER wakeup
WORKDIR /data
VOLUME /data
# Inside a container loopback is nobody's; what is published, and where, is for whoever runs it to say.
ENV HOST=0.0.0.0 \
    PORT=8765 \
    DATABASE_URL=sqlite:///data/wakeup-coach.db
EXPOSE 8765
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s --retries=3 CMD ["wakeup-coach", "healthcheck"]
STOPSIGNAL SIGTERM
ENTRYPOINT ["wakeup-coach"]
CMD ["serve"]
