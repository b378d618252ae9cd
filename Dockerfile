# The command line and the GitHub Action in one image:
#   docker run --rm -v "$PWD:/work" -w /work IMAGE check .
#
# Debian is pinned by digest, which .github/dependabot.yml bumps. The versions of its packages float
# on purpose: the newest minor release of PostgreSQL is the one to replay on.
FROM debian:trixie-slim@sha256:a29215f6a35e51e22adffa17f89e9d2ef06214e64a2bad10d765c46aea49f11f AS base

RUN --mount=type=bind,source=container,target=/mnt /mnt/install


FROM base AS build

# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install -y --no-install-recommends binutils python3-venv \
    && rm -rf /var/lib/apt/lists/* \
    && python3 -m venv /opt/build \
    && python3 -m venv --without-pip /opt/migration-checker
ENV PIP_NO_CACHE_DIR=1 PIP_ONLY_BINARY=:all:

COPY requirements /src/requirements
RUN /opt/build/bin/pip install --require-hashes -r /src/requirements/build.txt \
    && /opt/build/bin/pip --python /opt/migration-checker/bin/python install \
        --require-hashes -r /src/requirements/image.txt \
    && strip --strip-unneeded /opt/migration-checker/lib/python3.*/site-packages/*/*.so

# The project itself is built and installed with what is there: nothing is fetched.
COPY . /src
COPY --from=base /var/lib/dpkg/status /src/status
RUN /opt/build/bin/pip wheel --no-build-isolation --no-deps --wheel-dir /dist /src \
    && /opt/build/bin/pip --python /opt/migration-checker/bin/python install --no-deps /dist/*.whl \
    && python3 -I /src/container/sbom.py /src/status \
        /opt/migration-checker/lib/python3.*/site-packages > /opt/migration-checker/sbom.cdx.json


FROM base

ARG VERSION=dev
ARG REVISION=unknown
ARG SOURCE=
LABEL org.opencontainers.image.title="Prisma Migration Checker" \
    org.opencontainers.image.description="Runs new Prisma migrations on a real PostgreSQL before the merge" \
    org.opencontainers.image.licenses="Apache-2.0" \
    org.opencontainers.image.version="$VERSION" \
    org.opencontainers.image.revision="$REVISION" \
    org.opencontainers.image.source="$SOURCE"

# No USER: the files of the runner belong to another one, and PostgreSQL is started as "postgres".
COPY --from=build /opt/migration-checker /opt/migration-checker
# With -I no module of the repository under test is imported.
ENTRYPOINT ["/opt/migration-checker/bin/python", "-I", "-m", "checker"]
CMD ["--help"]
