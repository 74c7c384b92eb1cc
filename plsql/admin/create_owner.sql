-- Run once by a DBA, before the first migration. Two users and a role:
--   CRM_SYNC    owns everything; nobody can log in as it
--   CRM_BRIDGE  the daemon: may connect, and gets what grants.sql lists
--   CRM_MONITOR role for people and tools that watch: reads a few views, none of them with personal data
-- Substitution: bridge_password; tablespace = where the tables of the integration go.

create user crm_sync no authentication default tablespace &&tablespace quota unlimited on &&tablespace
/
create user crm_bridge identified by "&&bridge_password"
/
grant create session to crm_bridge
/
create role crm_monitor
/
grant create job to crm_sync
/
-- To the owner itself: a unit with definer rights sees no roles. What PUBLIC has by default is in grants_on_sys.sql.
grant execute on sys.dbms_aq to crm_sync
/
-- Its queues are granted on by itself: only their owner may (see grants.sql).
grant execute on sys.dbms_aqadm to crm_sync
/
