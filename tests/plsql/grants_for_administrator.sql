-- What an administrator who is not SYS needs before he can deploy the integration and run the tests: the supplied
-- packages that he grants on. GRANT ANY OBJECT PRIVILEGE does not reach objects of SYS.
-- Connected as SYS; substitution: 1 = the administrator's name. Never run on a production database.

grant execute on sys.dbms_aq to &1 with grant option
/
grant execute on sys.dbms_aqadm to &1 with grant option
/
grant execute on sys.dbms_lock to &1 with grant option
/
grant select on sys.v_$session to &1
/
exit
