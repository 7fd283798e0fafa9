# quaymaster in a small image without a shell, run by a user who is nobody.
#
# The program is linked against glibc and not statically: a static glibc cannot look up host names the
# way the system does, and the bank and the stores are reached by name. So the last stage has glibc,
# the root certificates and nothing else. The time zones are inside the program.
#
# Where this file was written no image could be pulled, so it has not been built there. The build
# command in it is the one that .ci/run runs; the rest is unproven until an image build has run it.
# Pin both images by digest where you build.
FROM rust:1.95-slim-bookworm AS build
ARG REVISION=unknown
ENV QUAYMASTER_REVISION=$REVISION CARGO_TARGET_DIR=/build
WORKDIR /source
COPY Cargo.toml Cargo.lock ./
COPY src ./src
COPY config ./config
# Nothing of it is built, but the manifest names it.
COPY benches ./benches
RUN cargo build --locked --release --bin quaymaster \
    && mkdir -p /empty/state /empty/run

FROM gcr.io/distroless/cc-debian12:nonroot
ARG REVISION=unknown
ARG VERSION=unreleased
LABEL org.opencontainers.image.title="quaymaster" \
      org.opencontainers.image.description="Keeps the secret keys of a Westpac QuickStream facility current" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="$VERSION" \
      org.opencontainers.image.revision="$REVISION"
COPY --from=build /build/release/quaymaster /usr/local/bin/quaymaster
# The two places it writes to; mount volumes there and the rest can be read-only.
COPY --from=build --chown=65532:65532 /empty/state /var/lib/quaymaster
COPY --from=build --chown=65532:65532 /empty/run /run/quaymaster
USER 65532:65532
EXPOSE 9464
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s CMD ["/usr/local/bin/quaymaster", "healthcheck"]
ENTRYPOINT ["/usr/local/bin/quaymaster"]
CMD ["run"]
