-- What pg_cron shows to SQL: the schema cron, its two tables and its functions. Jobs are recorded
-- as the real one does, and none is ever run.

CREATE SCHEMA cron;
GRANT USAGE ON SCHEMA cron TO public;

CREATE SEQUENCE cron.jobid_seq;
CREATE TABLE cron.job (
  jobid bigint PRIMARY KEY DEFAULT pg_catalog.nextval('cron.jobid_seq'),
  schedule text NOT NULL,
  command text NOT NULL,
  nodename text NOT NULL DEFAULT 'localhost',
  nodeport int NOT NULL DEFAULT 5432,
  database text NOT NULL DEFAULT pg_catalog.current_database(),
  username text NOT NULL DEFAULT CURRENT_USER,
  active boolean NOT NULL DEFAULT true,
  jobname text,
  CONSTRAINT jobname_username_uniq UNIQUE (jobname, username)
);
CREATE SEQUENCE cron.runid_seq;
CREATE TABLE cron.job_run_details (
  jobid bigint,
  runid bigint PRIMARY KEY DEFAULT pg_catalog.nextval('cron.runid_seq'),
  job_pid integer,
  database text,
  username text,
  command text,
  status text,
  return_message text,
  start_time timestamptz,
  end_time timestamptz
);
GRANT SELECT ON cron.job, cron.job_run_details TO public;

CREATE FUNCTION cron.check_schedule(schedule text) RETURNS void LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  IF schedule !~* '^\s*(@(yearly|annually|monthly|weekly|daily|midnight|hourly|reboot)|[1-5]?[0-9] seconds?|[-0-9*/,$]+(\s+[-0-9a-z*/,$]+){4})\s*$' THEN
    RAISE EXCEPTION 'invalid schedule: %', schedule USING ERRCODE = '22023';
  END IF;
END
$$;

CREATE FUNCTION cron.schedule_in_database(
  job_name text, schedule text, command text, database text,
  username text DEFAULT NULL, active boolean DEFAULT true
) RETURNS bigint LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
  id bigint;
BEGIN
  PERFORM cron.check_schedule($2);
  INSERT INTO cron.job (jobname, schedule, command, database, username, active)
  VALUES ($1, $2, $3, $4, coalesce($5, current_user), $6)
  ON CONFLICT ON CONSTRAINT jobname_username_uniq
  DO UPDATE SET schedule = excluded.schedule, command = excluded.command,
                database = excluded.database, active = excluded.active
  RETURNING jobid INTO id;
  RETURN id;
END
$$;
CREATE FUNCTION cron.schedule(job_name text, schedule text, command text) RETURNS bigint
LANGUAGE sql
AS $$ SELECT cron.schedule_in_database($1, $2, $3, pg_catalog.current_database()) $$;
CREATE FUNCTION cron.schedule(schedule text, command text) RETURNS bigint
LANGUAGE sql
AS $$ SELECT cron.schedule_in_database(NULL, $1, $2, pg_catalog.current_database()) $$;

CREATE FUNCTION cron.unschedule(job_id bigint) RETURNS boolean LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  DELETE FROM cron.job WHERE jobid = job_id;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'could not find valid entry for job %', job_id USING ERRCODE = 'XX000';
  END IF;
  RETURN true;
END
$$;
CREATE FUNCTION cron.unschedule(job_name text) RETURNS boolean LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  DELETE FROM cron.job WHERE jobname = job_name AND username = current_user;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'could not find valid entry for job ''%''', job_name USING ERRCODE = 'XX000';
  END IF;
  RETURN true;
END
$$;

CREATE FUNCTION cron.alter_job(
  job_id bigint, schedule text DEFAULT NULL, command text DEFAULT NULL,
  database text DEFAULT NULL, username text DEFAULT NULL, active boolean DEFAULT NULL
) RETURNS void LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
  IF $2 IS NOT NULL THEN
    PERFORM cron.check_schedule($2);
  END IF;
  UPDATE cron.job
  SET schedule = coalesce($2, schedule), command = coalesce($3, command),
      database = coalesce($4, database), username = coalesce($5, username),
      active = coalesce($6, active)
  WHERE jobid = $1;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'Job % does not exist or you don''t own it', $1 USING ERRCODE = '22023';
  END IF;
END
$$;
