-- Run once by SYS, after create_owner.sql: the supplied packages that the stored code calls beside DBMS_AQ. By default
-- PUBLIC has them, but hardening often revokes that, and a unit with definer rights sees no roles; with these grants it
-- does not matter. Nobody but SYS may grant them.

-- what a session of the daemon is doing, for who looks at v$session
grant execute on sys.dbms_application_info to crm_sync
/
-- the jobs of the integration
grant execute on sys.dbms_scheduler to crm_sync
/
-- the mark of a transaction of our own, so that it does not come back
grant execute on sys.dbms_transaction to crm_sync
/
-- error and call stacks for ERROR_LOG
grant execute on sys.dbms_utility to crm_sync
/
-- the text of a wake-up as RAW
grant execute on sys.utl_raw to crm_sync
/
