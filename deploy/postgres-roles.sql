-- Two roles, so that the product can't rewrite its own ledger: the owner makes and migrates the tables, the app only
-- reads and writes rows. Run once as a superuser, before the first migration:
--
--     OWNER_PASSWORD=… APP_PASSWORD=… psql -f deploy/postgres-roles.sql
--
-- Then `manage.py migrate` with the owner's QUAESTOR_DATABASE_URL, and everything else with the app's. The triggers on
-- the ledger refuse UPDATE, DELETE and TRUNCATE to everybody; only the owner could drop them.
\set ON_ERROR_STOP on
\getenv owner_password OWNER_PASSWORD
\getenv app_password APP_PASSWORD

CREATE ROLE quaestor_owner LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION PASSWORD :'owner_password';
CREATE ROLE quaestor_app LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOINHERIT PASSWORD :'app_password';

CREATE DATABASE quaestor OWNER quaestor_owner ENCODING 'UTF8' TEMPLATE template0;
REVOKE ALL ON DATABASE quaestor FROM PUBLIC;
GRANT CONNECT ON DATABASE quaestor TO quaestor_app;
\connect quaestor

ALTER SCHEMA public OWNER TO quaestor_owner;
REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO quaestor_app;

-- What the owner makes from here on. No TRUNCATE, no REFERENCES, no TRIGGER.
ALTER DEFAULT PRIVILEGES FOR ROLE quaestor_owner IN SCHEMA public
    GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO quaestor_app;
ALTER DEFAULT PRIVILEGES FOR ROLE quaestor_owner IN SCHEMA public
    GRANT USAGE, SELECT ON SEQUENCES TO quaestor_app;
