# The command line and the GitHub Action in one image:
#   docker run --rm -v "$PWD:/work" -w /work IMAGE check .
#
# Here a tag, in a release the digest of it. Debian's versions float on purpose: the newest minor
# release of PostgreSQL is the one to replay on.
# hadolint global ignore=DL3008
FROM debian:trixie-slim AS base

# Without a cluster, because each run makes its own, and without the compiler of queries (JIT),
# which replays switch off and which is larger than PostgreSQL itself.
RUN mkdir -p /etc/postgresql-common/createcluster.d \
    && echo "create_main_cluster = false" > /etc/postgresql-common/createcluster.d/none.conf \
    && printf 'path-exclude=%s\n' \
        '/usr/lib/llvm-*' '/usr/lib/*/libLLVM*' '/usr/lib/*/libz3*' '/usr/share/i18n/*' \
        '/usr/lib/postgresql/*/lib/llvmjit*' '/usr/lib/postgresql/*/lib/bitcode/*' \
        > /etc/dpkg/dpkg.cfg.d/migration-checker \
    && apt-get update \
    && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends \
        ca-certificates git postgresql-17 postgresql-17-pgvector python3 \
    && rm -rf /var/lib/apt/lists/* /var/cache/* /var/log/*


FROM base AS build

RUN apt-get update \
    && apt-get install -y --no-install-recommends python3-venv \
    && python3 -m venv /opt/build \
    && python3 -m venv --without-pip /opt/migration-checker
ENV PIP_NO_CACHE_DIR=1 PIP_ONLY_BINARY=:all:

COPY requirements /src/requirements
RUN /opt/build/bin/pip install --require-hashes -r /src/requirements/build.txt \
    && /opt/build/bin/pip --python /opt/migration-checker/bin/python install \
        --require-hashes -r /src/requirements/image.txt

# The project itself is built and installed with what is there: nothing is fetched.
COPY . /src
RUN /opt/build/bin/pip wheel --no-build-isolation --no-deps --wheel-dir /dist /src \
    && /opt/build/bin/pip --python /opt/migration-checker/bin/python install --no-deps /dist/*.whl


FROM base

# No USER: the files of the runner belong to another one, and PostgreSQL is started as "postgres".
COPY --from=build /opt/migration-checker /opt/migration-checker
# With -I no module of the repository under test is imported.
ENTRYPOINT ["/opt/migration-checker/bin/python", "-I", "-m", "checker"]
CMD ["--help"]
