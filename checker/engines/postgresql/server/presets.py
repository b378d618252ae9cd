"""What hosted platforms provide before the first migration, for those who deploy to one.

Each preset is SQL that a superuser runs on a fresh database. It makes the roles, schemas and
functions that migrations refer to, and the tables with the columns that they refer to; not the
platform's behaviour. Roles belong to the whole server and may be there already.
"""

from __future__ import annotations

from msgspec import Struct

from checker.pg.database import Preset

MIGRATION_ROLE = "postgres"


class Platform(Struct, frozen=True):
    """A hosted platform: the roles and schemas that only it provides, and the SQL for them."""

    roles: tuple[str, ...]
    schemas: tuple[str, ...]
    sql: str


def _roles(*names: str, to: str = MIGRATION_ROLE) -> str:
    """SQL that creates roles where they are missing and makes ``to`` a member of each."""
    listed = ", ".join(f"'{name}'" for name in names)
    return f"""
DO $setup$
DECLARE
  name text;
BEGIN
  FOREACH name IN ARRAY ARRAY[{listed}] LOOP
    IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = name) THEN
      EXECUTE format('CREATE ROLE %I NOLOGIN', name);
    END IF;
    EXECUTE format('GRANT %I TO {to} WITH ADMIN OPTION', name);
  END LOOP;
END
$setup$;
"""


_SUPABASE_ROLES = (
    "anon", "authenticated", "service_role", "authenticator", "dashboard_user", "pgbouncer",
    "supabase_admin", "supabase_auth_admin", "supabase_storage_admin", "supabase_read_only_user",
    "supabase_realtime_admin", "supabase_replication_admin",
)  # fmt: skip

_SUPABASE = """
CREATE SCHEMA extensions;
CREATE SCHEMA auth;
CREATE SCHEMA storage;
CREATE SCHEMA realtime;
CREATE SCHEMA vault;
CREATE SCHEMA graphql;
CREATE SCHEMA graphql_public;
CREATE EXTENSION IF NOT EXISTS "uuid-ossp" SCHEMA extensions;
CREATE EXTENSION IF NOT EXISTS pgcrypto SCHEMA extensions;

CREATE TABLE auth.users (
  instance_id uuid, id uuid PRIMARY KEY, aud varchar(255), role varchar(255), email varchar(255),
  encrypted_password varchar(255), email_confirmed_at timestamptz, invited_at timestamptz,
  last_sign_in_at timestamptz, raw_app_meta_data jsonb, raw_user_meta_data jsonb,
  is_super_admin boolean, created_at timestamptz, updated_at timestamptz,
  phone text UNIQUE DEFAULT NULL, phone_confirmed_at timestamptz, confirmed_at timestamptz,
  banned_until timestamptz, is_sso_user boolean NOT NULL DEFAULT false, deleted_at timestamptz,
  is_anonymous boolean NOT NULL DEFAULT false
);
CREATE TABLE auth.identities (
  provider_id text NOT NULL, user_id uuid NOT NULL REFERENCES auth.users ON DELETE CASCADE,
  identity_data jsonb NOT NULL, provider text NOT NULL, last_sign_in_at timestamptz,
  created_at timestamptz, updated_at timestamptz, email text,
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(), UNIQUE (provider_id, provider)
);
CREATE TABLE auth.sessions (
  id uuid PRIMARY KEY, user_id uuid NOT NULL REFERENCES auth.users ON DELETE CASCADE,
  created_at timestamptz, updated_at timestamptz, not_after timestamptz, user_agent text, ip inet
);
CREATE FUNCTION auth.jwt() RETURNS jsonb LANGUAGE sql STABLE
AS $$ SELECT nullif(current_setting('request.jwt.claims', true), '')::jsonb $$;
CREATE FUNCTION auth.uid() RETURNS uuid LANGUAGE sql STABLE
AS $$ SELECT (auth.jwt() ->> 'sub')::uuid $$;
CREATE FUNCTION auth.role() RETURNS text LANGUAGE sql STABLE
AS $$ SELECT auth.jwt() ->> 'role' $$;
CREATE FUNCTION auth.email() RETURNS text LANGUAGE sql STABLE
AS $$ SELECT auth.jwt() ->> 'email' $$;

CREATE TABLE storage.buckets (
  id text PRIMARY KEY, name text NOT NULL UNIQUE, owner uuid, owner_id text,
  public boolean DEFAULT false, avif_autodetection boolean DEFAULT false, file_size_limit bigint,
  allowed_mime_types text[], created_at timestamptz DEFAULT now(),
  updated_at timestamptz DEFAULT now()
);
CREATE TABLE storage.objects (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(), bucket_id text REFERENCES storage.buckets,
  name text, owner uuid, owner_id text, metadata jsonb, user_metadata jsonb, version text,
  path_tokens text[] GENERATED ALWAYS AS (string_to_array(name, '/')) STORED,
  created_at timestamptz DEFAULT now(), updated_at timestamptz DEFAULT now(),
  last_accessed_at timestamptz DEFAULT now(), UNIQUE (bucket_id, name)
);
ALTER TABLE storage.buckets ENABLE ROW LEVEL SECURITY;
ALTER TABLE storage.objects ENABLE ROW LEVEL SECURITY;
CREATE FUNCTION storage.foldername(name text) RETURNS text[] LANGUAGE sql IMMUTABLE
AS $$ SELECT (string_to_array(name, '/'))[:cardinality(string_to_array(name, '/')) - 1] $$;
CREATE FUNCTION storage.filename(name text) RETURNS text LANGUAGE sql IMMUTABLE
AS $$ SELECT (string_to_array(name, '/'))[cardinality(string_to_array(name, '/'))] $$;
CREATE FUNCTION storage.extension(name text) RETURNS text LANGUAGE sql IMMUTABLE
AS $$ SELECT reverse(split_part(reverse(storage.filename(name)), '.', 1)) $$;
-- The platform lets the project's role write policies on these two.
ALTER TABLE storage.buckets OWNER TO postgres;
ALTER TABLE storage.objects OWNER TO postgres;

CREATE TABLE realtime.messages (
  id uuid DEFAULT gen_random_uuid() PRIMARY KEY, topic text NOT NULL, extension text NOT NULL,
  payload jsonb, event text, private boolean DEFAULT false, inserted_at timestamp DEFAULT now()
);
ALTER TABLE realtime.messages ENABLE ROW LEVEL SECURITY;
ALTER TABLE realtime.messages OWNER TO postgres;
CREATE FUNCTION realtime.topic() RETURNS text LANGUAGE sql STABLE
AS $$ SELECT nullif(current_setting('realtime.topic', true), '') $$;
CREATE PUBLICATION supabase_realtime;
ALTER PUBLICATION supabase_realtime OWNER TO postgres;

CREATE TABLE vault.secrets (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(), name text UNIQUE, description text,
  secret text NOT NULL, key_id uuid, nonce bytea, created_at timestamptz DEFAULT now(),
  updated_at timestamptz DEFAULT now()
);
CREATE VIEW vault.decrypted_secrets AS SELECT *, secret AS decrypted_secret FROM vault.secrets;
CREATE FUNCTION vault.create_secret(new_secret text, new_name text DEFAULT NULL,
                                    new_description text DEFAULT '') RETURNS uuid LANGUAGE sql
AS $$ INSERT INTO vault.secrets (secret, name, description)
      VALUES (new_secret, new_name, new_description) RETURNING id $$;

GRANT USAGE ON SCHEMA public, auth, storage, realtime, extensions, graphql_public
  TO anon, authenticated, service_role;
GRANT ALL ON SCHEMA auth, storage, realtime, vault, extensions, graphql, graphql_public
  TO postgres;
GRANT ALL ON ALL TABLES IN SCHEMA auth, storage, realtime, vault TO postgres, service_role;
GRANT ALL ON ALL FUNCTIONS IN SCHEMA auth, storage, vault TO postgres;
ALTER DEFAULT PRIVILEGES FOR ROLE postgres IN SCHEMA public
  GRANT ALL ON TABLES TO anon, authenticated, service_role;
ALTER DEFAULT PRIVILEGES FOR ROLE postgres IN SCHEMA public
  GRANT ALL ON SEQUENCES TO anon, authenticated, service_role;
ALTER DEFAULT PRIVILEGES FOR ROLE postgres IN SCHEMA public
  GRANT ALL ON FUNCTIONS TO anon, authenticated, service_role;
"""

_RDS_ROLES = (
    "rds_superuser", "rds_iam", "rds_password", "rds_replication", "rds_ad", "rds_reserved",
    "rdsadmin",
)  # fmt: skip
_NEON_ROLES = ("neon_superuser", "cloud_admin", "neondb_owner")

PRESETS: dict[Preset, Platform] = {
    "supabase": Platform(
        roles=_SUPABASE_ROLES,
        schemas=(
            "auth", "storage", "realtime", "extensions", "vault", "graphql", "graphql_public",
        ),
        sql=_roles(*_SUPABASE_ROLES) + _SUPABASE,
    ),
    "rds": Platform(roles=_RDS_ROLES, schemas=(), sql=_roles(*_RDS_ROLES)),
    "neon": Platform(roles=_NEON_ROLES, schemas=(), sql=_roles(*_NEON_ROLES)),
}  # fmt: skip
