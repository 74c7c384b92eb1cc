-- Optional, run once by SYS: an account that may deploy and no more, where that shall not be done with the role DBA.
-- install.sql and erpcrm migrate look for each of these rights before they begin. rights.toml gives the reason of each.
-- What is run once beforehand (create_owner.sql, grants_on_erp.sql, grants_on_sys.sql) stays with DBAs.
-- Substitution: deployer, deployer_password.

create user &&deployer identified by "&&deployer_password"
/
grant create session to &&deployer
/
grant create any table to &&deployer
/
grant alter any table to &&deployer
/
grant comment any table to &&deployer
/
grant select any table to &&deployer
/
grant insert any table to &&deployer
/
grant update any table to &&deployer
/
grant delete any table to &&deployer
/
grant create any index to &&deployer
/
grant create any sequence to &&deployer
/
grant create any view to &&deployer
/
grant create any type to &&deployer
/
grant create any procedure to &&deployer
/
grant alter any procedure to &&deployer
/
grant execute any procedure to &&deployer
/
grant create any trigger to &&deployer
/
grant alter any trigger to &&deployer
/
begin
   sys.dbms_aqadm.grant_system_privilege(
      privilege    => 'MANAGE_ANY',
      grantee      => '&&deployer',
      admin_option => false
   );
end;
/
grant grant any object privilege to &&deployer
/
grant drop any table to &&deployer
/
grant drop any index to &&deployer
/
grant drop any sequence to &&deployer
/
grant drop any view to &&deployer
/
grant drop any type to &&deployer
/
grant drop any procedure to &&deployer
/
grant drop any trigger to &&deployer
/
grant execute on sys.dbms_aqadm to &&deployer
/
grant execute on sys.dbms_lock to &&deployer
/
