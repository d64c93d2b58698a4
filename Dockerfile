# An image with one static file in it: docker build -t mu-panel .
# For other machines: docker buildx build --platform linux/amd64,linux/arm64,linux/arm/v7 .
FROM --platform=linux/amd64 rust:1.95-bookworm AS build
RUN apt-get update && apt-get install -y --no-install-recommends \
        ca-certificates tzdata gcc-aarch64-linux-gnu libc6-dev-arm64-cross gcc-arm-linux-gnueabihf libc6-dev-armhf-cross \
        musl-tools \
    && rustup target add x86_64-unknown-linux-musl aarch64-unknown-linux-gnu armv7-unknown-linux-gnueabihf
WORKDIR /src
COPY . .
ARG TARGETARCH
RUN packaging/image.sh "$TARGETARCH" /out

FROM scratch
COPY --from=build /out /
COPY --from=build --chown=65532:65532 /out/data /data
USER 65532:65532
ENV MU_PANEL_DB=/data/mu-panel.db MU_PANEL_LISTEN=0.0.0.0:8080 MU_PANEL_BACKUP_DIR=/data/backups
VOLUME /data
EXPOSE 8080
HEALTHCHECK --interval=30s --timeout=15s --start-period=10s CMD ["/mu-panel", "health"]
ENTRYPOINT ["/mu-panel"]
CMD ["serve"]
