from __future__ import annotations

import pytest

from checker.engines.engine import ReplayOptions
from checker.engines.postgresql.replay import replay
from checker.engines.postgresql.server.ephemeral import EphemeralServer
from checker.engines.postgresql.server.presets import PRESETS
from checker.errors import InputError
from checker.pg.connection import connect
from checker.pg.database import Preset, SetupOptions
from tests.engines.postgresql.helpers import history, project

SUPABASE = """
CREATE TABLE profiles (
  id uuid PRIMARY KEY REFERENCES auth.users (id) ON DELETE CASCADE,
  token uuid DEFAULT extensions.uuid_generate_v4()
);
ALTER TABLE profiles ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON profiles FOR SELECT TO authenticated USING ((SELECT auth.uid()) = id);
GRANT SELECT ON profiles TO anon, authenticated, service_role;
CREATE FUNCTION handle_new_user() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
AS $$ BEGIN INSERT INTO public.profiles (id) VALUES (new.id); RETURN new; END $$;
CREATE TRIGGER on_auth_user_created AFTER INSERT ON auth.users
FOR EACH ROW EXECUTE FUNCTION handle_new_user();
INSERT INTO storage.buckets (id, name) VALUES ('avatars', 'avatars');
CREATE POLICY avatars ON storage.objects FOR SELECT
USING (bucket_id = 'avatars' AND (storage.foldername(name))[1] = auth.uid()::text);
ALTER PUBLICATION supabase_realtime ADD TABLE profiles;
SELECT vault.create_secret('x', 'name');
CREATE EXTENSION IF NOT EXISTS "uuid-ossp" WITH SCHEMA extensions;
INSERT INTO auth.users (id) VALUES (gen_random_uuid());
"""


@pytest.mark.parametrize("preset", list(PRESETS))
def test_a_preset_may_be_set_up_twice(server: EphemeralServer, preset: Preset) -> None:
    options = ReplayOptions(setup=SetupOptions(preset=preset))
    role = PRESETS[preset].roles[0]
    script = f"GRANT USAGE ON SCHEMA public TO {role}"
    for _ in range(2):
        assert replay(server, history(script), project(), options).status == "passed"


def test_the_names_of_a_preset_are_in_it(server: EphemeralServer) -> None:
    for preset, platform in PRESETS.items():
        options = SetupOptions(preset=preset)
        with server.database(options) as database, connect(database.owner) as connection:
            for schema in platform.schemas:
                connection.execute(f"SELECT '{schema}'::regnamespace".encode())
            for role in platform.roles:
                connection.execute(f"SELECT '{role}'::regrole".encode())


def test_a_project_on_supabase(server: EphemeralServer) -> None:
    options = ReplayOptions(setup=SetupOptions(preset="supabase"))
    found = replay(server, history(SUPABASE), project(), options)
    assert found.status == "passed", found


def test_setup_runs_as_superuser_before_the_history(server: EphemeralServer) -> None:
    setup = "CREATE ROLE app; CREATE EXTENSION dblink; CREATE SCHEMA legacy AUTHORIZATION app;"
    script = "CREATE TABLE t (); ALTER TABLE t OWNER TO app; CREATE EXTENSION IF NOT EXISTS dblink"
    options = ReplayOptions(setup=SetupOptions(setup=setup))
    assert replay(server, history(script), project(), options).status == "passed"


def test_a_setup_that_fails_is_the_callers(server: EphemeralServer) -> None:
    options = ReplayOptions(setup=SetupOptions(setup="SELECT 1; SELECT nope"))
    with pytest.raises(InputError, match=r"setup fails with 42703.*nope"):
        replay(server, history("SELECT 1"), project(), options)
